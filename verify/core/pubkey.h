/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PQ_CORE_PUBKEY_H
#define PQ_CORE_PUBKEY_H

#include <openssl/evp.h>

#include <pratique/pubkey.h>

/* Return the key in OpenSSL's form; borrowed. */
const EVP_PKEY *pq_pubkey_evp(const struct pq_pubkey *key);

#endif
