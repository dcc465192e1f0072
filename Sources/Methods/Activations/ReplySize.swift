import JSON
import API

/// The most numbers that one reply carries: as text about 45 MB, below the 64 MiB that a message may have.
let mostNumbers = 4_194_304

/// Refuses a reply that would be too large before anything is computed.
///
/// - Throws: `message_too_large`.
func checkSize(numbers: Int) throws {
    guard numbers <= mostNumbers else {
        throw APIError(
            .messageTooLarge,
            "the reply would hold \(numbers) numbers; at most \(mostNumbers) fit, so ask for fewer names, heads or tokens",
            facts: ["numbers": .integer(numbers), "limit": .integer(mostNumbers)])
    }
}
