#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# Send genuine callbacks of the scheme github, as the holder of a leaked secret
# can. Each one names another tag: PREFIX-1, PREFIX-2 and so on.
#
#   flood.py HTTP SERVICE SECRET-FILE IMAGE PREFIX COUNT [PER-SECOND]
#
# Without PER-SECOND they are sent as fast as possible. The last line is the
# number of each answer, as JSON.
import collections
import hashlib
import hmac
import http.client
import json
import sys
import threading
import time

CONNECTIONS = 32


def main():
    place, service, secret_file, image, prefix, count = sys.argv[1:7]
    per_second = float(sys.argv[7]) if len(sys.argv) > 7 else 0
    with open(secret_file, "rb") as f:
        secret = f.read().rstrip(b"\n")
    answers = collections.Counter()
    numbers = iter(range(1, int(count) + 1))
    lock = threading.Lock()
    start = time.monotonic()

    def send(connection, n):
        body = json.dumps({"image": f"{image}:{prefix}-{n}"}).encode()
        mac = hmac.new(secret, body, hashlib.sha256).hexdigest()
        connection.request("POST", f"/hooks/{service}", body, {
            "Content-Type": "application/json",
            "X-GitHub-Event": "pratique",
            "X-Hub-Signature-256": f"sha256={mac}"})
        answer = connection.getresponse()
        answer.read()
        return answer.status

    def run():
        connection = http.client.HTTPConnection(place, timeout=60)
        while True:
            with lock:
                n = next(numbers, None)
            if n is None:
                return
            if per_second:
                time.sleep(max(0, start + n / per_second - time.monotonic()))
            try:
                status = send(connection, n)
            except (OSError, http.client.HTTPException):
                connection.close()
                status = "lost"
            with lock:
                answers[str(status)] += 1

    threads = [threading.Thread(target=run) for _ in range(CONNECTIONS)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    print(json.dumps(answers))


main()
