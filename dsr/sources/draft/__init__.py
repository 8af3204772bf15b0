"""A first description of a live database, for a person to confirm.

draft = draft_source("sql", "shop", url, progress=print)      # SourceError when the place cannot be read
draft.dataset_text, draft.overlay_text                        # YAML, a reason behind every line
replace(draft, tables=...)                                    # the texts follow what a person changed
"""

from dsr.sources.draft.drafting import draft_source
from dsr.sources.draft.model import ColumnDraft, Draft, ReferenceDraft, TableDraft

__all__ = ["ColumnDraft", "Draft", "ReferenceDraft", "TableDraft", "draft_source"]
