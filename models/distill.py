"""Makes the table of the built-in embedder out of all-MiniLM-L6-v2 and the passages of a documentation.

    distill.py MODEL PASSAGES TABLE

MODEL     folder with model.safetensors and tokenizer.json of all-MiniLM-L6-v2 (Apache-2.0)
PASSAGES  one JSON string a line: titles, a line break, text; see README.md for how to make it
TABLE     is written

What ships is one vector for each token of the model's vocabulary. A text's vector is the sum of those of its
tokens, so the length of a vector is the weight of its token. No text can be read out of it: the table knows which
tokens point where, not in which order they ever stood.

1. Each token alone goes through the model; the directions in which sentences differ most are kept (PCA), and rare
   tokens weigh more than frequent ones (the vocabulary is sorted by frequency).
2. The vectors are moved until the sums point where the model points for passages, sentences and pieces of sentences.
3. At the same time a title is drawn to the passage below it, and a piece of a sentence to the passage that it was
   taken out of, against the other passages of the batch.

Needs numpy, safetensors and tokenizers. One thread, some ten minutes, the same result for the same input.
"""

import json
import os
import random
import re
import struct
import sys

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
import numpy as np
from safetensors.numpy import load_file
from tokenizers import Tokenizer

DIMENSION = 128
BATCH = 256
EPOCHS = 4
RATE = 0.01
SEED = 3
# How sharply the similarities within a batch are told apart, and what the two comparisons count against the
# cosine to the teacher.
SHARPNESS = 20.0
AGAINST_TEACHER = 0.1
AGAINST_PASSAGES = 0.25
MOST_TOKENS = 110
UNKNOWN, BEGIN, END = 100, 101, 102


class Teacher:
    """BERT with six layers and the mean of its outputs, in numpy."""

    def __init__(self, folder):
        self.weights = load_file(os.path.join(folder, "model.safetensors"))
        self.tokenizer = Tokenizer.from_file(os.path.join(folder, "tokenizer.json"))
        self.tokenizer.no_padding()
        self.tokenizer.no_truncation()

    def tokens(self, text):
        ids = self.tokenizer.encode(text, add_special_tokens=False).ids
        return np.array([i for i in ids if i != UNKNOWN][:MOST_TOKENS], np.int64)

    def norm(self, x, name):
        x = x - x.mean(-1, keepdims=True)
        x = x / np.sqrt((x * x).mean(-1, keepdims=True) + 1e-12)
        return x * self.weights[name + ".weight"] + self.weights[name + ".bias"]

    def outputs(self, ids):
        """Mean outputs of texts of the same length, with the marks of beginning and end."""
        w, (rows, many) = self.weights, ids.shape
        x = w["embeddings.word_embeddings.weight"][ids]
        x = x + w["embeddings.position_embeddings.weight"][:many] + w["embeddings.token_type_embeddings.weight"][0]
        x = self.norm(x, "embeddings.LayerNorm")
        for layer in range(6):
            at = f"encoder.layer.{layer}."
            linear = lambda x, name: x @ w[at + name + ".weight"].T + w[at + name + ".bias"]
            heads = lambda name: linear(x, "attention.self." + name).reshape(rows, many, 12, 32).transpose(0, 2, 1, 3)
            scores = heads("query") @ heads("key").transpose(0, 1, 3, 2) / np.float32(np.sqrt(32))
            scores = np.exp(scores - scores.max(-1, keepdims=True))
            scores /= scores.sum(-1, keepdims=True)
            attended = (scores @ heads("value")).transpose(0, 2, 1, 3).reshape(rows, many, 384)
            x = self.norm(x + linear(attended, "attention.output.dense"), at + "attention.output.LayerNorm")
            x = self.norm(x + linear(gelu(linear(x, "intermediate.dense")), "output.dense"), at + "output.LayerNorm")
        return x.mean(1)

    def embed(self, texts):
        """Rows of length 1 for token ids of any lengths."""
        out = np.zeros((len(texts), 384), np.float32)
        lengths = np.array([len(ids) for ids in texts])
        for length in np.unique(lengths):
            same = np.flatnonzero(lengths == length)
            for part in np.array_split(same, -(-len(same) // 16)):
                ids = [np.concatenate([[BEGIN], texts[i], [END]]) for i in part]
                out[part] = self.outputs(np.array(ids))
        return unit(out)


def gelu(x):
    """With the error function by Abramowitz and Stegun, 7.1.26: exact to 1.5e-7."""
    a = np.abs(x) / np.float32(np.sqrt(2))
    t = 1 / (1 + 0.3275911 * a)
    tail = ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t
    return 0.5 * x * (1 + np.sign(x) * (1 - tail * np.exp(-a * a)))


def unit(x):
    return x / np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1e-9)


def material(passages, chance):
    """Texts for the teacher, and pairs of which the first should find the second."""
    texts, pairs = set(), []
    for passage in passages:
        titles, _, text = passage.partition("\n")
        words = text.split()
        texts.update([titles, titles.split(" > ")[-1], passage])
        for sentence in re.split(r"(?<=[.!?:])\s+", text):
            part = sentence.split()
            if len(part) >= 3:
                texts.add(" ".join(part[:40]))
            if len(part) >= 6:
                for _ in range(2):
                    many = chance.randint(3, min(12, len(part)))
                    start = chance.randint(0, len(part) - many)
                    texts.add(" ".join(part[start : start + many]))
        if len(words) < 6:
            continue
        pairs.append((titles.split(" > ")[-1], text))
        for _ in range(3):
            many = chance.randint(4, 14)
            start = chance.randint(0, max(0, len(words) - many))
            rest = words[:start] + words[start + many :]
            pairs.append((" ".join(words[start : start + many]), titles + " " + " ".join(rest)))
    return sorted(texts), pairs


class Table:
    """One vector for each token, moved by Adam."""

    def __init__(self, rows):
        self.rows = rows.astype(np.float32)
        self.first, self.second, self.step = np.zeros_like(self.rows), np.zeros_like(self.rows), 0
        self.tokens, self.gradients = [], []

    def sums(self, texts):
        """Directions of texts, and what is needed to pass a gradient back to their tokens."""
        tokens, lengths = np.concatenate(texts), np.array([len(ids) for ids in texts])
        starts = np.concatenate([[0], np.cumsum(lengths)[:-1]])
        sums = np.add.reduceat(self.rows[tokens], starts, axis=0)
        size = np.linalg.norm(sums, axis=1, keepdims=True) + 1e-9
        return sums / size, (tokens, lengths, size)

    def pull(self, gradient, directions, back):
        tokens, lengths, size = back
        gradient = (gradient - (gradient * directions).sum(1, keepdims=True) * directions) / size
        self.tokens.append(tokens)
        self.gradients.append(np.repeat(gradient, lengths, axis=0))

    def move(self):
        tokens, gradients = np.concatenate(self.tokens), np.concatenate(self.gradients)
        self.tokens, self.gradients = [], []
        touched, which = np.unique(tokens, return_inverse=True)
        order = np.argsort(which, kind="stable")
        starts = np.searchsorted(which[order], np.arange(len(touched)))
        gradient = np.add.reduceat(gradients[order], starts, axis=0)
        self.step += 1
        self.first[touched] = 0.9 * self.first[touched] + 0.1 * gradient
        self.second[touched] = 0.99 * self.second[touched] + 0.01 * gradient * gradient
        first = self.first[touched] / (1 - 0.9**self.step)
        second = self.second[touched] / (1 - 0.99**self.step)
        self.rows[touched] -= RATE * first / (np.sqrt(second) + 1e-8)


def softmax(x):
    x = np.exp(x - x.max(1, keepdims=True))
    return x / x.sum(1, keepdims=True)


def train(table, texts, wanted, pairs, chance):
    order, pair_order, next_pair = np.arange(len(texts)), chance.permutation(len(pairs)), 0
    for epoch in range(EPOCHS):
        chance.shuffle(order)
        near = []
        for start in range(0, len(order) - BATCH + 1, BATCH):
            batch = order[start : start + BATCH]
            directions, back = table.sums([texts[i] for i in batch])
            target = wanted[batch]
            off = softmax(SHARPNESS * directions @ target.T) - softmax(SHARPNESS * target @ target.T)
            table.pull(AGAINST_TEACHER * SHARPNESS / BATCH * off @ target - target / BATCH, directions, back)
            near.append((directions * target).sum(1).mean())

            if next_pair + BATCH > len(pairs):
                pair_order, next_pair = chance.permutation(len(pairs)), 0
            some = [pairs[i] for i in pair_order[next_pair : next_pair + BATCH]]
            next_pair += BATCH
            asked, back_asked = table.sums([a for a, _ in some])
            found, back_found = table.sums([b for _, b in some])
            off = softmax(SHARPNESS * asked @ found.T) - np.eye(BATCH)
            off *= AGAINST_PASSAGES * SHARPNESS / BATCH
            table.pull(off @ found, asked, back_asked)
            table.pull(off.T @ asked, found, back_found)
            table.move()
        print(f"epoch {epoch + 1}: mean cosine to the teacher {np.mean(near):.4f}", flush=True)


def write(path, vocabulary, rows):
    """Magic, counts, then for each token: its length, its letters, its factor; then all rows as bytes."""
    factors = np.abs(rows).max(1) / 127
    factors[factors == 0] = 1
    steps = np.round(rows / factors[:, None]).astype(np.int8)
    with open(path, "wb") as out:
        out.write(b"PXVEC1\0\0" + struct.pack("<II", len(rows), DIMENSION))
        for token, factor in zip(vocabulary, factors):
            letters = token.encode()
            out.write(struct.pack("<B", len(letters)) + letters + struct.pack("<f", factor))
        out.write(steps.tobytes())


def main():
    folder, passages_file, out = sys.argv[1:]
    teacher = Teacher(folder)
    with open(passages_file, encoding="utf8") as lines:
        passages = [json.loads(line) for line in lines]
    texts, pairs = material(passages, random.Random(SEED))
    texts = [ids for ids in map(teacher.tokens, texts) if len(ids)]
    pairs = [(teacher.tokens(a), teacher.tokens(b)) for a, b in pairs]
    pairs = [(a, b) for a, b in pairs if len(a) and len(b)]
    print(f"{len(texts)} texts, {len(pairs)} pairs", flush=True)

    by_id = sorted(teacher.tokenizer.get_vocab().items(), key=lambda pair: pair[1])
    many = len(by_id)
    alone = [teacher.outputs(np.array([[BEGIN, i, END] for i in part])) for part in np.array_split(range(many), 64)]
    alone = np.concatenate(alone)
    taught = teacher.embed(texts)
    print("the teacher has read everything", flush=True)

    centred = taught - taught.mean(0)
    _, axes = np.linalg.eigh(centred.T @ centred)
    axes = axes[:, ::-1][:, :DIMENSION]
    # The sign of an axis is left open by its definition.
    axes *= np.sign(axes[np.abs(axes).argmax(0), np.arange(DIMENSION)])
    rows = (alone - alone.mean(0)) @ axes * np.log(1 + np.arange(many))[:, None]
    table = Table(rows / np.linalg.norm(rows, axis=1).mean())
    train(table, texts, unit(centred @ axes), pairs, np.random.default_rng(SEED))

    # Marks and tokens that are never used say nothing.
    silent = [i for token, i in by_id if re.fullmatch(r"\[.+\]", token)]
    table.rows[silent] = 0
    kept = [(token, i) for token, i in by_id if not token.startswith("[unused")]
    write(out, [token for token, _ in kept], table.rows[[i for _, i in kept]])


if __name__ == "__main__":
    main()
