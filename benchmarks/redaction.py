"""What redaction finds, what it takes for something that it is not, and how fast it is.

    python benchmarks/redaction.py [--seed 1] [--misses]

The sentences are made by tests/support/redaction_cases.py: templates in some fifteen languages, invented values with computed
check digits. Another seed makes other values. Recall: what is gone of what is to go. Precision: what had to go of what is gone,
over all sentences, those without personal data included, of which there are as many.
"""

from __future__ import annotations

import argparse
import random
import time
from concurrent.futures import ProcessPoolExecutor

from kura_udfs.text.redaction import redact
from tests.support.redaction_cases import MARK, negatives, positives, score


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--misses", action="store_true", help="print what went wrong")
    arguments = parser.parse_args()
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
