"""The warehouse: DuckDB tables loaded once, with history; marts; published versions; readers."""

from pipelines.warehouse.as_of import MemoryBuild, known_at
from pipelines.warehouse.build import Build, BuildLocked
from pipelines.warehouse.journal import Journal, Note, WrittenMeanwhile
from pipelines.warehouse.ledger import Accounting, AccountingError, DeliveryMeta
from pipelines.warehouse.publish import PublishError
from pipelines.warehouse.raw import Kept, RawStore, sha256_of
from pipelines.warehouse.reader import NothingPublished, OtherRelease, QueryTimeout, Reader
from pipelines.warehouse.together import Taken

__all__ = [
    "Accounting", "AccountingError", "Build", "BuildLocked", "DeliveryMeta", "Journal", "Kept", "MemoryBuild", "Note",
    "NothingPublished", "OtherRelease", "PublishError", "QueryTimeout", "RawStore", "Reader", "Taken",
    "WrittenMeanwhile", "known_at", "sha256_of",
]  # fmt: skip
