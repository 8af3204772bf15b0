"""Rows of our own, one file per noun."""

from dsr.models.audit import AuditEntry, AuditStream, AuditTombstone
from dsr.models.backup import BackupTrial
from dsr.models.clock import ClockPause, ClockReminder, Extension
from dsr.models.correction import CorrectionFile, CorrectionItem
from dsr.models.doubt import Doubt, DoubtPosition
from dsr.models.draft import DatasetDraft, DraftCollection, DraftColumn
from dsr.models.erasure import ErasedIdentity, ErasurePlan, Hold, KeptRecord, OutcomeChange, PlanStep
from dsr.models.finding import FindingChunk, FindingMark, Mention, SealedBlob, Viewing
from dsr.models.job import Job
from dsr.models.learnt_identity import LearntIdentity, MatchQuestion
from dsr.models.ledger_position import LedgerPosition
from dsr.models.manual_task import ManualPlace, ManualTask, TaskFile, TaskLink
from dsr.models.notice import Notice
from dsr.models.package import IssuedLetter, Package, PackageFile
from dsr.models.recipient import InstructionLink, RecipientInstruction
from dsr.models.shop import Membership, PolicyVersion, Shop
from dsr.models.source import DatasetVersion, Source, SourceRun
from dsr.models.source_check import SourceCheck
from dsr.models.source_file import SourceFile
from dsr.models.subject_request import IdentityCheck, IdentityHash, SubjectRequest, SubjectRequestQuerySet

__all__ = [
    "AuditEntry",
    "AuditStream",
    "AuditTombstone",
    "BackupTrial",
    "ClockPause",
    "ClockReminder",
    "CorrectionFile",
    "CorrectionItem",
    "DatasetDraft",
    "DatasetVersion",
    "Doubt",
    "DoubtPosition",
    "DraftCollection",
    "DraftColumn",
    "ErasedIdentity",
    "ErasurePlan",
    "Extension",
    "FindingChunk",
    "FindingMark",
    "Hold",
    "IdentityCheck",
    "IdentityHash",
    "InstructionLink",
    "IssuedLetter",
    "Job",
    "KeptRecord",
    "LearntIdentity",
    "LedgerPosition",
    "ManualPlace",
    "ManualTask",
    "MatchQuestion",
    "Membership",
    "Mention",
    "Notice",
    "OutcomeChange",
    "Package",
    "PackageFile",
    "PlanStep",
    "PolicyVersion",
    "RecipientInstruction",
    "SealedBlob",
    "Shop",
    "Source",
    "SourceCheck",
    "SourceFile",
    "SourceRun",
    "SubjectRequest",
    "SubjectRequestQuerySet",
    "TaskFile",
    "TaskLink",
    "Viewing",
]
