public import JSON

/// What one frame holds: a request, a batch, or nothing that can be carried out.
public enum Message: Sendable, Hashable {
    /// One request, or the reply that refuses it.
    case single(Entry)
    /// The entries of a batch, at least one; they are answered with one array.
    case batch([Entry])
    /// One reply to the frame as a whole: it is no JSON, an empty batch, or too large a one.
    case refused(Response)

    /// A request, or the reply that refuses it.
    public typealias Entry = Result<Request, InvalidRequest>

    /// The largest batch that is read unless a caller asks for another.
    public static let defaultBatchLimit = 1000

    /// Reads a frame; what is wrong with it becomes the reply that says so.
    public init(parsing frame: [UInt8], depth: Int = JSON.defaultDepth, batchLimit: Int = Message.defaultBatchLimit) {
        do throws(JSONError) {
            self.init(try JSON(parsing: frame, depth: depth), batchLimit: batchLimit)
        } catch {
            self = .refused(Response(id: .null, outcome: .failure(.parseError(error.description))))
        }
    }

    /// Reads a frame that has been parsed.
    public init(_ json: JSON, batchLimit: Int = Message.defaultBatchLimit) {
        guard case .array(let elements) = json else {
            self = .single(Message.entry(json))
            return
        }
        if elements.isEmpty {
            self = .refused(Message.refusal("a batch holds at least one request"))
        } else if elements.count > batchLimit {
            self = .refused(Message.refusal("a batch holds at most \(batchLimit) requests, this one holds \(elements.count)"))
        } else {
            self = .batch(elements.map(Message.entry))
        }
    }

    private static func entry(_ json: JSON) -> Entry {
        do throws(InvalidRequest) {
            return .success(try Request(json))
        } catch {
            return .failure(error)
        }
    }

    private static func refusal(_ reason: String) -> Response {
        Response(id: .null, outcome: .failure(.invalidRequest(reason)))
    }
}
