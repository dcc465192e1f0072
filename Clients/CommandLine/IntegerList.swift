import ArgumentParser

/// Whole numbers as people type them: `3`, `0-11`, `2,6,8-10`.
struct IntegerList: ExpressibleByArgument {
    let values: [Int]

    /// The most that one argument may stand for.
    private static let most = 1024

    /// Known numbers.
    init(_ values: [Int]) { self.values = values }

    init?(argument: String) {
        var values: [Int] = []
        for part in argument.split(separator: ",", omittingEmptySubsequences: false) {
            let ends = part.split(separator: "-", omittingEmptySubsequences: false)
            if let number = Int(part), ends.count == 1 {
                values.append(number)
            } else if ends.count == 2, let first = Int(ends[0]), let last = Int(ends[1]), first <= last, last - first < Self.most
            {
                values += first...last
            } else {
                return nil
            }
        }
        self.values = values
    }

    var defaultValueDescription: String { values.map(String.init).joined(separator: ",") }
}
