"""What redaction finds, what it takes for something that it is not, and how fast it is.

    python benchmarks/redaction.py [--seed 1] [--misses] [--names rampart]

The sentences are made by tests/support/redaction_cases.py: templates in some fifteen languages, invented values with computed
check digits. Another seed makes other values. Recall: what is gone of what is to go. Precision: what had to go of what is gone,
over all sentences, those without personal data included, of which there are as many.

With --names, the model of `kura_redact_names` (rampart, or a folder) reads sentences with names and addresses of Faker's in thirteen
languages, and the sentences without, of which it is to leave everything. A name counts as found where nothing of it is left.
"""

from __future__ import annotations

import argparse
import random
import re
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor

from kura_udfs.text.redaction import redact
from kura_udfs.text.redaction.people import redact_names
from tests.support.redaction_cases import MARK, named, negatives, positives, score


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--names", help="a model of names of people and addresses: rampart, or a folder")
    parser.add_argument("--misses", action="store_true", help="print what went wrong")
    arguments = parser.parse_args()
    if arguments.names:
        print_names(arguments.names, arguments.seed, arguments.misses)
        return
    found = positives(arguments.seed)
    others = negatives(arguments.seed, -(-len(found) // len(negatives(0, 1))))
    total = score(found + others, redact)
    print(f"{len(found)} sentences with personal data or secrets, {len(others)} without")
    print(f"{'kind':<12}{'values':>8}{'recall':>9}")
    for kind, count in sorted(total.expected.items()):
        print(f"{kind:<12}{count:>8}{total.found[kind] / count:>9.3f}")
    print(f"{'all':<12}{sum(total.expected.values()):>8}{total.recall:>9.3f}   precision {total.precision:.3f}")
    if arguments.misses:
        print(*total.misses, sep="\n")
    texts = [MARK.sub(lambda mark: mark[2], case) for case in found + others]
    random.Random(0).shuffle(texts)
    # a short message: a sentence with something in it among others without
    messages = [" ".join(texts[i : i + 2]) for i in range(0, len(texts), 2)] * 8
    print(
        f"{messages_per_second(messages):,.0f} messages of {sum(map(len, messages)) / len(messages):.0f} characters a second, two processes"
    )


def print_names(model: str, seed: int, misses: bool) -> None:
    """Print what a model finds of names and addresses, language by language."""
    found: Counter[str] = Counter()
    expected: Counter[str] = Counter()
    wrong: list[str] = []
    started, texts = time.perf_counter(), 0
    print(f"{'locale':<8}{'names':>8}{'recall':>9}{'addresses':>11}{'recall':>9}")
    for locale, cases in named(seed).items():
        own: Counter[str] = Counter()
        redacted = redact_names([redact(MARK.sub(lambda mark: mark[2], case)) for case in cases], model)
        texts += len(cases)
        for case, text in zip(cases, redacted, strict=True):
            for kind, value in MARK.findall(case):
                own[kind] += 1
                gone = not any(part in text for part in re.findall(r"\w{3,}", value)) and value not in text
                own[f"{kind} found"] += gone
                wrong += [] if gone else [text]
        expected += Counter({kind: own[kind] for kind in ("person", "address")})
        found += Counter({kind: own[f"{kind} found"] for kind in ("person", "address")})
        shares = [f"{own[f'{kind} found'] / own[kind]:.3f}" if own[kind] else "" for kind in ("person", "address")]
        print(f"{locale:<8}{own['person']:>8}{shares[0]:>9}{own['address']:>11}{shares[1]:>9}")
    others = [redact(text) for text in negatives(seed, 1)]
    changed = [text for text, before in zip(redact_names(others, model), others, strict=True) if text != before]
    seconds = time.perf_counter() - started
    print(
        f"all     {expected['person']:>8}{found['person'] / expected['person']:>9.3f}{expected['address']:>11}{found['address'] / expected['address']:>9.3f}"
    )
    print(
        f"{len(changed)} of {len(others)} sentences without a name were changed; {(texts + len(others)) / seconds:,.0f} a second"
    )
    if misses:
        print(*wrong, *changed, sep="\n")


def messages_per_second(messages: list[str], processes: int = 2) -> float:
    """Return how many messages so many processes redact in a second."""
    with ProcessPoolExecutor(processes) as pool:
        list(pool.map(_redact_all, [messages[:100]] * processes))
        started = time.perf_counter()
        list(pool.map(_redact_all, [messages[i::processes] for i in range(processes)]))
        return len(messages) / (time.perf_counter() - started)


def _redact_all(messages: list[str]) -> int:
    return sum(len(redact(message)) for message in messages)


if __name__ == "__main__":
    main()
