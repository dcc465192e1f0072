private import Glibc
import JSON

/// Numbers as a page needs them.
enum SignificantDigits {
    private static let count = 5
    /// Whole numbers above this are not written as integers, since a double does not hold all of them.
    private static let largestWhole = 9_007_199_254_740_992.0

    /// A number with five significant digits; a whole number as it is.
    static func rounded(_ number: Double) -> JSON {
        if let whole = Int(exactly: number) { return number.magnitude < largestWhole ? .integer(whole) : .real(number) }
        guard number.isFinite else { return .null }
        return .real(Double(shortened(number)) ?? number)
    }

    /// The decimal digits of C's `%.5g`, which decides by the number's exact value.
    private static func shortened(_ number: Double) -> String {
        // A sign, a digit, a point, four digits, an exponent of three with its sign, and the end.
        var text = [CChar](repeating: 0, count: 24)
        let size = text.count
        let written = unsafe text.withUnsafeMutableBufferPointer { buffer in
            unsafe withVaList([number]) { unsafe vsnprintf(buffer.baseAddress, size, "%.\(count)g", $0) }
        }
        return String(decoding: text.prefix(Int(written)).map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
