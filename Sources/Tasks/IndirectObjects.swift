import Tokenizer

// Indirect-object identification, as Wang et al. (arXiv 2211.00593) set it, with templates of our own:
//
// 1. An opening names two people, then one of them, the subject S, acts, and the prompt ends before the receiver, the indirect object IO.
// 2. In half of the prompts S is named first (BABA), in half IO (ABBA).
// 3. S1 and S2 are the subject's two places, S1+1 the token after the first.

/// Prompts in which one of two people receives something.
struct IndirectObjects {
    private let names: [TaskPrompt.Word]

    /// Prompts with the names that are one token of a tokenizer's.
    init(_ tokenizer: Tokenizer) throws(TaskError) {
        names = try tokenizer.words(Self.names, "names", atLeast: 8)
    }

    /// A prompt with two names drawn, in a template drawn.
    func prompt(_ maker: inout PromptMaker) -> TaskPrompt {
        let people = maker.choose(2, of: names), subject = people[0], object = people[1]
        let (opening, closing) = maker.choose(of: Self.templates)
        let place = maker.choose(of: Self.places), thing = maker.choose(of: Self.things)
        let order = maker.flip() ? [subject, object] : [object, subject]
        func text(acting: TaskPrompt.Word) -> String {
            let words = ["{1}": order[0].name, "{2}": order[1].name, "{S}": acting.name, "{PLACE}": place, "{THING}": thing]
            return words.reduce(opening + " " + closing) { $0.replacing($1.key, with: $1.value) }
        }
        let tokens = maker.tokens(text(acting: subject))
        return TaskPrompt(
            text: text(acting: subject), tokens: tokens, answer: object, wrong: [subject],
            places: TaskPrompt.places(tokens, object: object.token, others: [subject.token]),
            counterpart: .init(text: text(acting: object), answer: subject.text))
    }

    /// {1} and {2} are the people, {S} the one who acts.
    private static let templates: [(opening: String, closing: String)] = [
        ("When {1} and {2} went to the {PLACE},", "{S} gave a {THING} to"),
        ("After {1} and {2} met at the {PLACE},", "{S} handed the {THING} to"),
        ("While {1} and {2} were waiting near the {PLACE},", "{S} showed the {THING} to"),
        ("Then {1} and {2} had a long talk at the {PLACE}.", "Afterwards {S} passed a {THING} to"),
        ("Then {1} and {2} spent the day at the {PLACE}.", "In the end {S} gave the {THING} to"),
        ("Because {1} and {2} worked at the {PLACE},", "{S} brought a {THING} to"),
        ("Yesterday {1} and {2} walked past the {PLACE},", "and {S} offered a {THING} to"),
        ("Last week {1} and {2} had lunch at the {PLACE}.", "Before leaving, {S} lent a {THING} to"),
        ("The friends {1} and {2} cleaned up the {PLACE} together.", "When it was done, {S} threw a {THING} to"),
        ("Once {1} and {2} were inside the {PLACE},", "{S} decided to give a {THING} to"),
        ("As soon as {1} and {2} had left the {PLACE},", "{S} sold the {THING} to"),
        ("On their way to the {PLACE}, {1} and {2} got lost.", "To pass the time, {S} read from a {THING} to"),
        ("At the {PLACE}, {1} and {2} found a {THING}.", "After a while {S} returned it to"),
        ("Everyone saw {1} and {2} come back from the {PLACE}.", "Nobody noticed that {S} gave a {THING} to"),
        ("It was late when {1} and {2} reached the {PLACE}.", "Without a word, {S} gave the {THING} to"),
    ]

    private static let places = [
        "store", "park", "school", "garden", "market", "library", "station", "office", "museum", "beach", "kitchen", "harbor",
        "house", "restaurant", "hospital",
    ]

    private static let things = [
        "book", "ring", "ball", "key", "letter", "basket", "drink", "flower", "hat", "lamp", "map", "cup", "pen", "coin", "kite",
        "watch",
    ]

    /// Common first names.
    private static let names = """
        Mary Anna Alice Emma Laura Sarah Julia Kate Rose Lucy Helen Grace Clara Diana Ruth Jane John Tom James Peter David Mark Paul \
        Henry Frank George Simon Adam Luke Oscar Victor Ben Michael Robert William Richard Joseph Thomas Charles Daniel Matthew Anthony \
        Steven Andrew Joshua Kevin Brian Edward Ronald Timothy Jason Jeffrey Ryan Jacob Gary Nicholas Eric Jonathan Stephen Larry \
        Justin Scott Brandon Benjamin Samuel Gregory Alexander Patrick Jack Dennis Jerry Tyler Aaron Jose Nathan Linda Barbara Elizabeth \
        Jennifer Maria Susan Margaret Dorothy Lisa Nancy Karen Betty Sandra Ashley Kimberly Donna Emily Michelle Carol Amanda Melissa \
        Deborah Stephanie Rebecca Sharon Kathleen Amy Angela Christine
        """.split(separator: " ").map(String.init)
}

extension TaskPrompt.Word {
    /// The word without its space.
    var name: String { String(text.dropFirst()) }
}
