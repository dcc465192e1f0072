/// The stable identifiers of everything that can go wrong with a call, each with its code.
///
/// Clients match the kind; codes are grouped in blocks of a hundred, outside the range that JSON-RPC reserves. A kind is only ever
/// added, and a code is never given to another kind.
public enum ErrorKind: String, Sendable, Hashable, CaseIterable, Codable {
    // 1000: the service
    case notReady = "not_ready"
    case shuttingDown = "shutting_down"
    case busy
    case cancelled
    case deadlineExceeded = "deadline_exceeded"
    case permissionDenied = "permission_denied"
    case messageTooLarge = "message_too_large"
    case pathRefused = "path_refused"
    case fileNotFound = "file_not_found"
    case fileExists = "file_exists"
    case fileUnwritable = "file_unwritable"
    case cursorInvalid = "cursor_invalid"
    case outOfMemory = "out_of_memory"
    case nameInvalid = "name_invalid"
    case cannotStart = "cannot_start"

    // 1100: models and text
    case modelNotFound = "model_not_found"
    case modelUnreadable = "model_unreadable"
    case modelUnsupported = "model_unsupported"
    case layerOutOfRange = "layer_out_of_range"
    case headOutOfRange = "head_out_of_range"
    case positionOutOfRange = "position_out_of_range"
    case tokenOutOfRange = "token_out_of_range"
    case textTooLong = "text_too_long"
    case textEmpty = "text_empty"
    case unknownActivation = "unknown_activation"
    case tokenizerUnreadable = "tokenizer_unreadable"
    case modelNameTaken = "model_name_taken"
    case taskNotFound = "task_not_found"
    case taskUnsuited = "task_unsuited"
    case textUnreadable = "text_unreadable"

    // 1200: dictionaries, maps and caches
    case dictionaryNotFound = "dictionary_not_found"
    case dictionaryUnreadable = "dictionary_unreadable"
    case dictionaryModelMismatch = "dictionary_model_mismatch"
    case featureOutOfRange = "feature_out_of_range"
    case mapNotFound = "map_not_found"
    case dictionaryUnsupported = "dictionary_unsupported"
    case dictionaryNameTaken = "dictionary_name_taken"
    case pairNotFound = "pair_not_found"
    case examplesNotFound = "examples_not_found"
    case cacheNotFound = "cache_not_found"
    case cacheInUse = "cache_in_use"
    case mapUnreadable = "map_unreadable"
    case mapDictionaryMismatch = "map_dictionary_mismatch"
    case saeNotFound = "sae_not_found"
    case saeUnsuited = "sae_unsuited"
    case traceNotFound = "trace_not_found"
    case studyNotFound = "study_not_found"

    // 1300: jobs
    case jobNotFound = "job_not_found"
    case jobAlreadyFinished = "job_already_finished"
    case jobFailed = "job_failed"
    case jobNotFinished = "job_not_finished"

    // 1400: the store
    case storeFull = "store_full"
    case storeCorrupt = "store_corrupt"
    case storeVersionUnsupported = "store_version_unsupported"
    case storeFailed = "store_failed"
}

extension ErrorKind {
    /// The code on the wire.
    public var code: Int { definition.code }

    /// What any call can fail with, whatever its method; the errors that JSON-RPC predefines come on top.
    public static let universal: [ErrorKind] = [
        .notReady, .shuttingDown, .busy, .cancelled, .deadlineExceeded, .messageTooLarge, .nameInvalid, .cannotStart, .storeFull,
        .storeCorrupt, .storeVersionUnsupported, .storeFailed,
    ]

    /// What the kind means, in one sentence, for the documents.
    public var summary: String { definition.summary }

    private var definition: (code: Int, summary: String) {
        switch self {
        case .notReady: (1000, "The service is still starting.")
        case .shuttingDown: (1001, "The service is ending and takes no more work.")
        case .busy: (1002, "A limit on clients, requests or queued jobs is reached; try again later.")
        case .cancelled: (1003, "The call was cancelled before it had a result.")
        case .deadlineExceeded: (1004, "The call or its message took longer than is allowed.")
        case .permissionDenied: (1005, "The caller is not the user who may do this.")
        case .messageTooLarge: (1006, "A request or a reply is larger than a message may be.")
        case .pathRefused: (1007, "The path lies outside of the folders that the service may use, or is no regular file.")
        case .fileNotFound: (1008, "There is no such file.")
        case .fileExists: (1009, "The file exists, and nothing is overwritten unasked.")
        case .fileUnwritable: (1010, "The file cannot be written.")
        case .cursorInvalid: (1011, "The cursor is not one that this list has given out.")
        case .outOfMemory: (1012, "The work needs more memory than the service may use.")
        case .nameInvalid: (1013, "The name is empty, too long, or holds characters that no name has.")
        case .cannotStart: (1014, "The service cannot start; the message says why.")
        case .modelNotFound: (1100, "No model of that name is loaded.")
        case .modelUnreadable: (1101, "The model's files are missing, damaged or not what their names say.")
        case .modelUnsupported: (1102, "The model is of a kind or size that the service does not run.")
        case .layerOutOfRange: (1103, "The model has no such layer.")
        case .headOutOfRange: (1104, "The model has no such head.")
        case .positionOutOfRange: (1105, "The text has no such position.")
        case .tokenOutOfRange: (1106, "The vocabulary has no such token.")
        case .textTooLong: (1107, "The text has more tokens than the model's context.")
        case .textEmpty: (1108, "The text has no tokens.")
        case .unknownActivation: (1109, "The model has no activation of that name.")
        case .tokenizerUnreadable: (1110, "The tokenizer's files are missing, damaged or do not fit the model.")
        case .modelNameTaken: (1111, "Another model is loaded under that name.")
        case .taskNotFound: (1112, "There is no task of that name.")
        case .taskUnsuited: (1113, "The task's words are not such as the model has, or its file holds no prompts.")
        case .textUnreadable:
            (1114, "The text's file is there, but is not what its name says: no UTF-8, no JSON lines, no token ids.")
        case .dictionaryNotFound: (1200, "There is no dictionary of that name.")
        case .dictionaryUnreadable: (1201, "The dictionary's files are missing, damaged or not what their names say.")
        case .dictionaryModelMismatch: (1202, "The dictionary was trained on another model, layer or activation.")
        case .featureOutOfRange: (1203, "The dictionary has no such feature.")
        case .mapNotFound: (1204, "No map has been computed for these dictionaries.")
        case .dictionaryUnsupported: (1205, "The dictionary is of a kind that the service does not know.")
        case .dictionaryNameTaken: (1206, "Another dictionary has that name.")
        case .pairNotFound: (1207, "The map holds no such feature pair.")
        case .examplesNotFound: (1208, "No such examples have been collected.")
        case .cacheNotFound: (1209, "There is no activation cache of that name.")
        case .cacheInUse: (1210, "A job that has not ended reads from the activation cache.")
        case .mapUnreadable: (1220, "The map's files are missing, damaged or not what their names say.")
        case .mapDictionaryMismatch: (1221, "The map was made for another dictionary.")
        case .saeNotFound: (1230, "There is no sparse autoencoder of that name.")
        case .saeUnsuited: (1231, "The sparse autoencoder is of another activation or layer than the question needs.")
        case .traceNotFound: (1240, "There is no trace of that name.")
        case .studyNotFound: (1250, "There is no study of that name.")
        case .jobNotFound: (1300, "There is no such job.")
        case .jobAlreadyFinished: (1301, "The job has ended already.")
        case .jobFailed: (1302, "The job ended with an error.")
        case .jobNotFinished: (1303, "The job has not ended yet.")
        case .storeFull: (1400, "The store or its disk is full.")
        case .storeCorrupt: (1401, "The store holds a record that cannot be what was written.")
        case .storeVersionUnsupported: (1402, "The store was written by a newer version.")
        case .storeFailed:
            (1403, "The disk refused a write or a read, or the storage engine has stopped; what was acknowledged before is safe.")
        }
    }
}
