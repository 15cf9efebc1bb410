"""The room of words: verdicts and figures become sentences here, in English and French, for pages and documents alike.

Each sentence is a whole template of ``texts.toml``, chosen by what was found. Sentences are Markdown in which what
vendors wrote is escaped; :func:`pipelines.wording.plain` takes the marks off where text is wanted.
"""

from pipelines.wording.escape import plain
from pipelines.wording.formats import Formats, Language
from pipelines.wording.speech import Speech
from pipelines.wording.texts import Texts
from pipelines.wording.written import Written

__all__ = ["Formats", "Language", "Speech", "Texts", "Written", "plain"]
