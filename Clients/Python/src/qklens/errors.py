"""The daemon's errors, a class for each kind; `error.kind` and `error.facts` say the same to a program.

Written by generate.py from the daemon's OpenRPC document; do not edit."""

from __future__ import annotations

from .failures import (
    ConnectionLost as ConnectionLost, Detached as Detached, JobEnded as JobEnded, NotReachable as NotReachable,
    QKLensError as QKLensError, ServiceError as ServiceError, TimedOut as TimedOut, UnexpectedReply as UnexpectedReply,
)


class NotReady(ServiceError):
    """The service is still starting."""

    kind = "not_ready"
    code = 1000


class ShuttingDown(ServiceError):
    """The service is ending and takes no more work."""

    kind = "shutting_down"
    code = 1001


class Busy(ServiceError):
    """A limit on clients, requests or queued jobs is reached; try again later."""

    kind = "busy"
    code = 1002


class Cancelled(ServiceError):
    """The call was cancelled before it had a result."""

    kind = "cancelled"
    code = 1003


class DeadlineExceeded(ServiceError, TimeoutError):
    """The call or its message took longer than is allowed."""

    kind = "deadline_exceeded"
    code = 1004


class PermissionDenied(ServiceError):
    """The caller is not the user who may do this."""

    kind = "permission_denied"
    code = 1005


class MessageTooLarge(ServiceError):
    """A request or a reply is larger than a message may be."""

    kind = "message_too_large"
    code = 1006


class PathRefused(ServiceError):
    """The path lies outside of the folders that the service may use, or is no regular file."""

    kind = "path_refused"
    code = 1007


class FileNotFound(ServiceError, LookupError):
    """There is no such file."""

    kind = "file_not_found"
    code = 1008


class FileExists(ServiceError):
    """The file exists, and nothing is overwritten unasked."""

    kind = "file_exists"
    code = 1009


class FileUnwritable(ServiceError):
    """The file cannot be written."""

    kind = "file_unwritable"
    code = 1010


class CursorInvalid(ServiceError):
    """The cursor is not one that this list has given out."""

    kind = "cursor_invalid"
    code = 1011


class OutOfMemory(ServiceError):
    """The work needs more memory than the service may use."""

    kind = "out_of_memory"
    code = 1012


class NameInvalid(ServiceError):
    """The name is empty, too long, or holds characters that no name has."""

    kind = "name_invalid"
    code = 1013


class CannotStart(ServiceError):
    """The service cannot start; the message says why."""

    kind = "cannot_start"
    code = 1014


class ModelNotFound(ServiceError, LookupError):
    """No model of that name is loaded."""

    kind = "model_not_found"
    code = 1100


class ModelUnreadable(ServiceError):
    """The model's files are missing, damaged or not what their names say."""

    kind = "model_unreadable"
    code = 1101


class ModelUnsupported(ServiceError):
    """The model is of a kind or size that the service does not run."""

    kind = "model_unsupported"
    code = 1102


class LayerOutOfRange(ServiceError):
    """The model has no such layer."""

    kind = "layer_out_of_range"
    code = 1103


class HeadOutOfRange(ServiceError):
    """The model has no such head."""

    kind = "head_out_of_range"
    code = 1104


class PositionOutOfRange(ServiceError):
    """The text has no such position."""

    kind = "position_out_of_range"
    code = 1105


class TokenOutOfRange(ServiceError):
    """The vocabulary has no such token."""

    kind = "token_out_of_range"
    code = 1106


class TextTooLong(ServiceError):
    """The text has more tokens than the model's context."""

    kind = "text_too_long"
    code = 1107


class TextEmpty(ServiceError):
    """The text has no tokens."""

    kind = "text_empty"
    code = 1108


class UnknownActivation(ServiceError):
    """The model has no activation of that name."""

    kind = "unknown_activation"
    code = 1109


class TokenizerUnreadable(ServiceError):
    """The tokenizer's files are missing, damaged or do not fit the model."""

    kind = "tokenizer_unreadable"
    code = 1110


class ModelNameTaken(ServiceError):
    """Another model is loaded under that name."""

    kind = "model_name_taken"
    code = 1111


class TaskNotFound(ServiceError, LookupError):
    """There is no task of that name."""

    kind = "task_not_found"
    code = 1112


class TaskUnsuited(ServiceError):
    """The task's words are not such as the model has, or its file holds no prompts."""

    kind = "task_unsuited"
    code = 1113


class TextUnreadable(ServiceError):
    """The text's file is there, but is not what its name says: no UTF-8, no JSON lines, no token ids."""

    kind = "text_unreadable"
    code = 1114


class DictionaryNotFound(ServiceError, LookupError):
    """There is no dictionary of that name."""

    kind = "dictionary_not_found"
    code = 1200


class DictionaryUnreadable(ServiceError):
    """The dictionary's files are missing, damaged or not what their names say."""

    kind = "dictionary_unreadable"
    code = 1201


class DictionaryModelMismatch(ServiceError):
    """The dictionary was trained on another model, layer or activation."""

    kind = "dictionary_model_mismatch"
    code = 1202


class FeatureOutOfRange(ServiceError):
    """The dictionary has no such feature."""

    kind = "feature_out_of_range"
    code = 1203


class MapNotFound(ServiceError, LookupError):
    """No map has been computed for these dictionaries."""

    kind = "map_not_found"
    code = 1204


class DictionaryUnsupported(ServiceError):
    """The dictionary is of a kind that the service does not know."""

    kind = "dictionary_unsupported"
    code = 1205


class PairNotFound(ServiceError, LookupError):
    """The map holds no such feature pair."""

    kind = "pair_not_found"
    code = 1207


class ExamplesNotFound(ServiceError, LookupError):
    """No such examples have been collected."""

    kind = "examples_not_found"
    code = 1208


class CacheNotFound(ServiceError, LookupError):
    """There is no activation cache of that name."""

    kind = "cache_not_found"
    code = 1209


class CacheInUse(ServiceError):
    """A job that has not ended reads from the activation cache."""

    kind = "cache_in_use"
    code = 1210


class MapUnreadable(ServiceError):
    """The map's files are missing, damaged or not what their names say."""

    kind = "map_unreadable"
    code = 1220


class MapDictionaryMismatch(ServiceError):
    """The map was made for another dictionary."""

    kind = "map_dictionary_mismatch"
    code = 1221


class SaeNotFound(ServiceError, LookupError):
    """There is no sparse autoencoder of that name."""

    kind = "sae_not_found"
    code = 1230


class SaeUnsuited(ServiceError):
    """The sparse autoencoder is of another activation or layer than the question needs."""

    kind = "sae_unsuited"
    code = 1231


class TraceNotFound(ServiceError, LookupError):
    """There is no trace of that name."""

    kind = "trace_not_found"
    code = 1240


class StudyNotFound(ServiceError, LookupError):
    """There is no study of that name."""

    kind = "study_not_found"
    code = 1250


class JobNotFound(ServiceError, LookupError):
    """There is no such job."""

    kind = "job_not_found"
    code = 1300


class JobAlreadyFinished(ServiceError):
    """The job has ended already."""

    kind = "job_already_finished"
    code = 1301


class JobNotFinished(ServiceError):
    """The job has not ended yet."""

    kind = "job_not_finished"
    code = 1303


class StoreFull(ServiceError):
    """The store or its disk is full."""

    kind = "store_full"
    code = 1400


class StoreCorrupt(ServiceError):
    """The store holds a record that cannot be what was written."""

    kind = "store_corrupt"
    code = 1401


class StoreVersionUnsupported(ServiceError):
    """The store was written by a newer version."""

    kind = "store_version_unsupported"
    code = 1402


class StoreFailed(ServiceError):
    """The disk refused a write or a read, or the storage engine has stopped; what was acknowledged before is safe."""

    kind = "store_failed"
    code = 1403


class InvalidRequest(ServiceError):
    """The request is no JSON-RPC 2.0."""

    kind = "invalid_request"
    code = -32600


class MethodNotFound(ServiceError, LookupError):
    """There is no such method."""

    kind = "method_not_found"
    code = -32601


class InvalidParams(ServiceError):
    """The parameters are not what the method takes."""

    kind = "invalid_params"
    code = -32602


class InternalError(ServiceError):
    """A bug of the service."""

    kind = "internal_error"
    code = -32603


class ParseError(ServiceError):
    """The request is no JSON."""

    kind = "parse_error"
    code = -32700


BY_KIND: dict[str, type[ServiceError]] = {
    "parse_error": ParseError,
    "invalid_request": InvalidRequest,
    "method_not_found": MethodNotFound,
    "invalid_params": InvalidParams,
    "internal_error": InternalError,
    "not_ready": NotReady,
    "shutting_down": ShuttingDown,
    "busy": Busy,
    "cancelled": Cancelled,
    "deadline_exceeded": DeadlineExceeded,
    "message_too_large": MessageTooLarge,
    "name_invalid": NameInvalid,
    "cannot_start": CannotStart,
    "store_full": StoreFull,
    "store_corrupt": StoreCorrupt,
    "store_version_unsupported": StoreVersionUnsupported,
    "store_failed": StoreFailed,
    "path_refused": PathRefused,
    "file_exists": FileExists,
    "file_unwritable": FileUnwritable,
    "model_not_found": ModelNotFound,
    "model_unreadable": ModelUnreadable,
    "model_unsupported": ModelUnsupported,
    "tokenizer_unreadable": TokenizerUnreadable,
    "model_name_taken": ModelNameTaken,
    "file_not_found": FileNotFound,
    "out_of_memory": OutOfMemory,
    "permission_denied": PermissionDenied,
    "text_unreadable": TextUnreadable,
    "text_too_long": TextTooLong,
    "task_not_found": TaskNotFound,
    "task_unsuited": TaskUnsuited,
    "token_out_of_range": TokenOutOfRange,
    "text_empty": TextEmpty,
    "position_out_of_range": PositionOutOfRange,
    "unknown_activation": UnknownActivation,
    "layer_out_of_range": LayerOutOfRange,
    "head_out_of_range": HeadOutOfRange,
    "map_not_found": MapNotFound,
    "dictionary_not_found": DictionaryNotFound,
    "dictionary_model_mismatch": DictionaryModelMismatch,
    "cursor_invalid": CursorInvalid,
    "cache_not_found": CacheNotFound,
    "dictionary_unsupported": DictionaryUnsupported,
    "map_dictionary_mismatch": MapDictionaryMismatch,
    "dictionary_unreadable": DictionaryUnreadable,
    "sae_not_found": SaeNotFound,
    "sae_unsuited": SaeUnsuited,
    "feature_out_of_range": FeatureOutOfRange,
    "map_unreadable": MapUnreadable,
    "pair_not_found": PairNotFound,
    "examples_not_found": ExamplesNotFound,
    "trace_not_found": TraceNotFound,
    "study_not_found": StudyNotFound,
    "cache_in_use": CacheInUse,
    "job_not_found": JobNotFound,
    "job_already_finished": JobAlreadyFinished,
    "job_not_finished": JobNotFinished,
}
