/// The greatest of many elements, in order, without keeping the others.
///
/// Up to twice as many as wanted are kept; when they are full, they are sorted and the lesser half goes: O(n log k) for n elements.
package struct Greatest<Element> {
    private let limit: Int
    private let outranks: (Element, Element) -> Bool
    private var kept: [Element] = []

    /// Room for the `limit` greatest.
    ///
    /// - Parameter outranks: Whether the first stands before the second; a strict order.
    package init(_ limit: Int, by outranks: @escaping (Element, Element) -> Bool) {
        precondition(limit > 0, "the \(limit) greatest of something")
        self.limit = limit
        self.outranks = outranks
    }

    /// Takes an element in.
    package mutating func add(_ element: Element) {
        kept.append(element)
        if kept.count >= 2 * limit { kept = elements }
    }

    /// The greatest so far, the greatest first.
    package var elements: [Element] { Array(kept.sorted(by: outranks).prefix(limit)) }
}
