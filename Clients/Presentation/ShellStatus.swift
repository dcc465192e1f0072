public import Client
private import JSONRPC

/// What the command tells the shell.
public enum ShellStatus: Int32, Sendable {
    /// All is well.
    case success = 0
    /// The service answered with an error, or the job that was waited for has failed.
    case refused = 1
    /// The service could not be talked to.
    case unreachable = 2
    /// The command was not typed as it should be. *Source:* EX_USAGE of sysexits.h.
    case usage = 64
    /// Interrupted from the keyboard. *Source:* 128 + SIGINT.
    case interrupted = 130
}

extension ShellStatus {
    /// The status for a call that came to nothing.
    public init(_ error: ClientError) {
        switch error {
        case .service: self = .refused
        case .cannotConnect, .pathTooLong, .foreign, .disconnected, .timedOut, .malformedReply, .unexpectedResult:
            self = .unreachable
        case .unencodableParams: self = .usage
        }
    }
}

extension ClientError {
    /// What to type next, where that is clear.
    public var hint: String? {
        guard case .service(let error) = self else { return nil }
        switch error.kind {
        case "model_not_found": return "'qklens models list' shows the models; 'qklens models load DIRECTORY' adds one"
        case "dictionary_not_found":
            return "'qklens dictionaries list' shows the dictionaries; 'qklens train --layer L' trains one"
        case "map_not_found": return "'qklens maps list' shows the maps; 'qklens maps train DICTIONARY' trains one"
        case "job_not_found": return "'qklens jobs list' shows the jobs"
        case "job_not_finished": return "'qklens jobs cancel JOB' ends it"
        case "layer_out_of_range", "head_out_of_range": return "'qklens models list' shows how many layers and heads a model has"
        case "position_out_of_range": return "'qklens tokens encode TEXT' shows the positions"
        case "method_not_found": return "'qklens rpc rpc.discover' describes the methods"
        default: return nil
        }
    }
}
