"""``python -m sample_data.generator``: write the example workspace's files, check them, or make a large set.

Without options the committed files are written again, byte for byte.
"""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import click

from sample_data.generator import plan
from sample_data.generator.check import differences
from sample_data.generator.faults import FAULTS, answer_key
from sample_data.generator.faults.subtle import SUBTLE
from sample_data.generator.flat import write_flat
from sample_data.generator.inbox import inbox_files, world, write
from sample_data.generator.simulate import Settings

HOME = Path(__file__).resolve().parents[1]
#: What a person wrote in the workspace: copied where the files are made elsewhere.
WRITTEN_BY_HAND = ("workspace.yaml", "vendors.yaml", "terms", "feeds")


@click.command(help=__doc__)
@click.option(
    "--contacts", default=plan.DEFAULT_CONTACTS, show_default=True, help="Contacts, about, over the whole time."
)
@click.option(
    "--days", default=plan.DAYS, show_default=True, type=click.IntRange(1, plan.DAYS), help="Days from the first."
)
@click.option("--seed", default=plan.DEFAULT_SEED, show_default=True)
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Another workspace folder to write.")
@click.option("--flat", type=click.Path(path_type=Path, dir_okay=False), help="One delimited file of contacts instead.")
@click.option("--check", is_flag=True, help="Write nothing: compare with the files that are there.")
@click.option("--no-faults", is_flag=True, help="Files as they would come if nothing went wrong.")
@click.option("--subtle", is_flag=True, help="Two faults more, which the committed files do not have; needs --out.")
def main(
    contacts: int, days: int, seed: int, out: Path | None, flat: Path | None, check: bool, no_faults: bool, subtle: bool
) -> None:
    if subtle and (out is None or no_faults):
        raise click.UsageError("--subtle needs --out, and goes with the other faults")
    settings = Settings(contacts, seed, days)
    begun = time.monotonic()
    if flat is not None:
        rows = write_flat(settings, flat)
        click.echo(f"{rows:,} contacts in {flat} ({time.monotonic() - begun:.0f} s)")
        return
    target = out or HOME
    planted = () if no_faults else (*FAULTS, *SUBTLE) if subtle else FAULTS
    files = inbox_files(world(settings), planted)
    key = answer_key(planted)
    if check:
        wrong = differences(target, files, key)
        click.echo("\n".join(wrong) or "identical")
        raise SystemExit(1 if wrong else 0)
    if out is not None:
        _copy_written(out)
    size = write(target / "inbox", files)
    (target / "faults.yaml").write_bytes(key)
    click.echo(f"{size / 1e6:.1f} MB in {target / 'inbox'} ({time.monotonic() - begun:.0f} s)")


def _copy_written(out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    for name in WRITTEN_BY_HAND:
        source = HOME / name
        if source.is_dir():
            shutil.copytree(source, out / name, dirs_exist_ok=True)
        else:
            shutil.copy2(source, out / name)


if __name__ == "__main__":
    main()
