"""Says questions in other words, to see what a search is worth that was not tuned to them.

    paraphrase.py QUESTIONS COPY

Both hold one JSON object a line; `question` is changed, everything else stays. Rules only, the same result every
time: everyday words give way to others of the same meaning, fillers go, what is asked moves to the end or the
beginning. Names, options, commands and numbers stay as they are, and so do questions in other languages, except for
the order of their sentences.
"""

import json
import re
import sys

OTHERWISE = {
    "vm": "virtual machine",
    "vms": "virtual machines",
    "virtual machine": "VM",
    "ct": "container",
    "container": "CT",
    "containers": "CTs",
    "lxc": "container",
    "node": "host",
    "nodes": "hosts",
    "host": "node",
    "server": "machine",
    "delete": "get rid of",
    "remove": "take out",
    "create": "make",
    "add": "put in",
    "change": "adjust",
    "set": "configure",
    "enable": "turn on",
    "disable": "turn off",
    "start": "boot",
    "stop": "halt",
    "reboot": "restart",
    "restart": "reboot",
    "move": "transfer",
    "migrate": "move",
    "migration": "moving",
    "copy": "duplicate",
    "restore": "bring back",
    "backup": "copy for safety",
    "backups": "safety copies",
    "storage": "place for data",
    "disk": "drive",
    "drive": "disk",
    "disks": "drives",
    "network": "LAN",
    "password": "passphrase",
    "user": "account",
    "users": "accounts",
    "permission": "right",
    "permissions": "rights",
    "limit": "cap",
    "maximum": "upper bound",
    "minimum": "lower bound",
    "default": "preset",
    "difference": "distinction",
    "error": "failure",
    "fails": "does not work",
    "failed": "did not work",
    "slow": "sluggish",
    "fast": "quick",
    "big": "large",
    "show": "display",
    "list": "enumerate",
    "find": "look up",
    "need": "require",
    "needs": "requires",
    "allow": "permit",
    "allowed": "permitted",
    "possible": "feasible",
    "automatically": "by itself",
    "without": "with no",
    "before": "prior to",
    "after": "once done with",
    "several": "multiple",
    "many": "a lot of",
    "only": "just",
    "whole": "entire",
    "old": "outdated",
    "new": "fresh",
    "wrong": "incorrect",
    "broken": "defective",
    "dead": "gone",
    "full": "out of space",
}
FILLERS = r"\b(please|just|actually|really|simply|somehow|the|a|an|my|our|i want to|i would like to|is there a way to)\b"


def reworded(sentence):
    words = sorted(OTHERWISE, key=len, reverse=True)
    pattern = r"(?<![\w./-])(" + "|".join(map(re.escape, words)) + r")(?![\w./-])"
    sentence = re.sub(FILLERS, " ", sentence, flags=re.I)
    sentence = re.sub(pattern, lambda found: OTHERWISE[found[1].lower()], sentence, flags=re.I)
    return re.sub(r"\s+", " ", sentence).strip()


def paraphrased(row):
    sentences = re.split(r"(?<=[.?!。？！])\s*", row["question"])
    sentences = [sentence for sentence in sentences if sentence.strip()]
    if row.get("lang", "en") == "en":
        sentences = [reworded(sentence) for sentence in sentences]
    return dict(row, question=" ".join(reversed(sentences)))


def main():
    source, copy = sys.argv[1:]
    with open(source, encoding="utf8") as rows, open(copy, "w", encoding="utf8") as out:
        for row in rows:
            out.write(json.dumps(paraphrased(json.loads(row)), ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
