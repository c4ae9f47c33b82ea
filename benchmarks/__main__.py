"""`python -m benchmarks [--quick] [NAME …]`: run them, print one table. Claims nothing beyond its figures."""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import sys
import time
from collections.abc import Awaitable, Callable

from benchmarks import (
    acknowledgement,
    bursts,
    ingestion,
    orders,
    paced,
    rules,
    slow_consumer,
    startup,
    storage,
    telling,
)
from benchmarks.figures import Row, Sizes, table

BENCHMARKS: dict[str, Callable[[Sizes], Awaitable[list[Row]]]] = {
    "ingestion": ingestion.run,
    "paced": paced.run,
    "slow_consumer": slow_consumer.run,
    "rules": rules.run,
    "acknowledgement": acknowledgement.run,
    "storage": storage.run,
    "orders": orders.run,
    "telling": telling.run,
    "bursts": bursts.run,
    "startup": startup.run,
}


def main() -> None:
    reader = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    reader.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(BENCHMARKS)}; default all")
    reader.add_argument("--quick", action="store_true", help="tiny sizes: proves that they run, no more")
    given = reader.parse_args()
    if unknown := set(given.names) - set(BENCHMARKS):
        reader.error(f"no benchmark is called {', '.join(sorted(unknown))}")
    sizes, began, rows = Sizes(quick=given.quick), time.monotonic(), []
    for name in given.names or BENCHMARKS:
        print(f"{name} …", file=sys.stderr, flush=True)
        rows += asyncio.run(BENCHMARKS[name](sizes))
    print(table(rows))
    load = os.getloadavg()[0]
    print(
        f"\nMedians [least..most] of {sizes.rounds} interleaved rounds, ratio ours / beside; "
        f"Python {platform.python_version()}, {os.cpu_count()} cores, load {load:.1f}, "
        f"{time.monotonic() - began:.0f} s in all."
    )


if __name__ == "__main__":
    main()
