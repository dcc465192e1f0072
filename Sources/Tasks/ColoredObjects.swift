import Tokenizer

// Coloured objects, in the manner of Merullo et al. (arXiv 2310.08744), whose task is one of BIG-bench's, with words of our own:
//
// 1. Two questions with answers, then a third: three things with three colours, one of them asked about.
// 2. The answer is a colour as it stands in the list, so it can be copied.
// 3. The minimal pair asks about another of the three things.

/// Prompts that ask for the colour of one of three things.
struct ColoredObjects {
    private let colors: [TaskPrompt.Word]

    /// Prompts with the colours that are one token of a tokenizer's.
    init(_ tokenizer: Tokenizer) throws(TaskError) {
        colors = try tokenizer.words(Self.colors, "colours", atLeast: 6)
    }

    /// A prompt with two examples.
    func prompt(_ maker: inout PromptMaker) -> TaskPrompt {
        let examples = (0..<2).map { _ in Scene(&maker, colors) }
        let scene = Scene(&maker, colors), asked = scene.things[0]
        let before = examples.map { $0.question(about: 0, isAnswered: true) + "\n\n" }.joined()
        let text = before + scene.question(about: 0, isAnswered: false)
        let tokens = maker.tokens(text)
        // The last place of a colour is that in the question itself, which names each of its three once.
        var places: [TaskPrompt.Place] = []
        for thing in scene.things {
            let name = thing.name == asked.name ? "COLOR" : "color of the \(thing.name)"
            if let position = tokens.lastIndex(of: thing.color.token) { places.append(.init(name: name, position: position)) }
        }
        places.sort { $0.position < $1.position }
        places.append(.init(name: "END", position: tokens.count - 1))
        return TaskPrompt(
            text: text, tokens: tokens, answer: asked.color, wrong: scene.things[1...].map(\.color), places: places,
            counterpart: .init(
                text: before + scene.question(about: 1, isAnswered: false), answer: scene.things[1].color.text))
    }

    /// Three things on a table.
    private struct Scene {
        let things: [(name: String, color: TaskPrompt.Word)]
        /// Which stands where in the list.
        private let order: [Int]
        private let opening: String

        init(_ maker: inout PromptMaker, _ colors: [TaskPrompt.Word]) {
            things = zip(maker.choose(3, of: ColoredObjects.things), maker.choose(3, of: colors)).map { ($0, $1) }
            order = maker.choose(3, of: [0, 1, 2])
            opening = maker.choose(of: ColoredObjects.openings)
        }

        /// The question about one of the things, with or without the answer.
        func question(about asked: Int, isAnswered: Bool) -> String {
            let list = order.map {
                "\(ColoredObjects.article(things[$0].color.name)) \(things[$0].color.name) \(things[$0].name)"
            }
            let answer = isAnswered ? things[asked].color.text : ""
            return "Q: \(opening) \(list[0]), \(list[1]), and \(list[2]). What color is the \(things[asked].name)?\nA:\(answer)"
        }
    }

    private static let openings = [
        "On the table, I see", "On the table, there is", "On the desk, you see", "On the floor, there is",
    ]

    private static func article(_ word: String) -> String { word.first.map { "aeiou".contains($0) } == true ? "an" : "a" }

    private static let things = [
        "book", "ring", "ball", "key", "basket", "flower", "hat", "lamp", "map", "cup", "pen", "coin", "kite", "watch", "pencil",
        "plate", "bottle", "scarf", "button", "candle",
    ]

    private static let colors = [
        "red", "blue", "green", "yellow", "black", "white", "brown", "purple", "orange", "gray", "pink", "silver",
    ]
}
