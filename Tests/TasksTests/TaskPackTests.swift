import Foundation
import Tasks
import Testing
import Tokenizer

private let demoDirectory =
    URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().path + "/Sources/Daemon/Models/demo-4l"

/// A tokenizer of single characters and the words given, each with a space before it.
private func tokenizer(words: [String]) throws -> Tokenizer {
    var vocab: [String: Int] = [:], merges: [(String, String)] = []
    for byte in 0..<256 {
        // GPT-2's byte alphabet: printable Latin-1 stands for itself, the others for the letters from U+0100 on.
        let printable = (33...126).contains(byte) || (161...172).contains(byte) || (174...255).contains(byte)
        let shifted = (0..<byte).count { !((33...126).contains($0) || (161...172).contains($0) || (174...255).contains($0)) }
        let symbol = try #require(Unicode.Scalar(printable ? byte : 256 + shifted))
        vocab[String(Character(symbol))] = vocab.count
    }
    for word in words {
        var left = "Ġ"
        for letter in word {
            if vocab[left + String(letter)] == nil {
                vocab[left + String(letter)] = vocab.count
                merges.append((left, String(letter)))
            }
            left += String(letter)
        }
    }
    vocab[Tokenizer.endOfText] = vocab.count
    return try Tokenizer(vocab: vocab, merges: merges)
}

@Suite struct TaskPackTests {
    private static let demo = Result { try Tokenizer(directory: demoDirectory) }

    @Test(arguments: TaskPack.allCases)
    func `a seed makes the same prompts again, another makes others`(_ pack: TaskPack) throws {
        let tokenizer = try Self.demo.get()
        let prompts = try pack.prompts(60, seed: 3, tokenizer, prependsBOS: true)
        #expect(try pack.prompts(60, seed: 3, tokenizer, prependsBOS: true) == prompts && prompts.count == 60)
        #expect(try pack.prompts(60, seed: 4, tokenizer, prependsBOS: true) != prompts)
        #expect(Set(prompts.map(\.text)).count > 55, "prompts hardly repeat")
    }

    @Test(arguments: TaskPack.allCases, [true, false])
    func `answers are one token, the tokens are the text's, and places hold what they are named after`(
        _ pack: TaskPack, _ prependsBOS: Bool
    ) throws {
        let tokenizer = try Self.demo.get()
        for prompt in try pack.prompts(100, seed: 1, tokenizer, prependsBOS: prependsBOS) {
            #expect(prompt.tokens == (prependsBOS ? [0] : []) + tokenizer.encode(prompt.text))
            for word in prompt.wrong + [prompt.answer] {
                #expect(tokenizer.encode(word.text) == [word.token] && word.text.first == " ")
                #expect(prompt.tokens.contains(word.token), "every choice stands in the prompt")
            }
            #expect(!prompt.wrong.contains(prompt.answer) && Set(prompt.wrong).count == prompt.wrong.count)
            #expect(prompt.places.last?.name == "END" && prompt.places.last?.position == prompt.tokens.count - 1)
            #expect(zip(prompt.places, prompt.places.dropFirst()).allSatisfy { $0.position < $1.position })
            let counterpart = try #require(prompt.counterpart)
            #expect(prompt.wrong.map(\.text).contains(counterpart.answer) && counterpart.text != prompt.text)
            #expect(!prompt.text.contains("{") && !prompt.text.contains("}"))
        }
    }

    @Test func `the subject is named twice, the indirect object once, and either may come first`() throws {
        let prompts = try TaskPack.ioi.prompts(200, seed: 5, Self.demo.get(), prependsBOS: true)
        var subjectFirst = 0
        for prompt in prompts {
            let places = Dictionary(uniqueKeysWithValues: prompt.places.map { ($0.name, $0.position) })
            let (IO, S1, S2) = (try #require(places["IO"]), try #require(places["S1"]), try #require(places["S2"]))
            #expect(prompt.tokens[IO] == prompt.answer.token && prompt.tokens.count { $0 == prompt.answer.token } == 1)
            #expect(prompt.tokens[S1] == prompt.wrong[0].token && prompt.tokens[S2] == prompt.wrong[0].token && S1 < S2)
            #expect(IO < S2 && prompt.tokens.count { $0 == prompt.wrong[0].token } == 2)
            if S1 < IO { subjectFirst += 1 }
        }
        // 200 flips of a coin: 4.2 standard deviations.
        #expect((70...130).contains(subjectFirst), "\(subjectFirst)")
        #expect(Set(prompts.map { $0.text.split(separator: " ").prefix(2).joined() }).count >= 12, "many templates")
    }

    @Test func `two questions are answered before the third, whose colour stands before the thing asked about`() throws {
        for prompt in try TaskPack.colored_objects.prompts(50, seed: 6, Self.demo.get(), prependsBOS: true) {
            let questions = prompt.text.split(separator: "Q: ")
            #expect(questions.count == 3 && prompt.text.hasSuffix("?\nA:") && prompt.wrong.count == 2)
            for (number, question) in questions.enumerated() {
                let asked = try #require(question.firstMatch(of: /What color is the (\w+)\?\nA:(.*)/))
                let color = try #require(question.firstMatch(of: try Regex("an? (\\w+) \(asked.1)[,.]"))?[1].substring)
                #expect(number == 2 ? asked.2.isEmpty && " \(color)" == prompt.answer.text : asked.2 == " \(color)")
            }
        }
    }

    @Test func `a model with too few one-token words is told how many it has`() throws {
        let few = try tokenizer(words: ["Mary", "John", "Tom", "red"])
        #expect(throws: TaskError.tooFewWords(kind: "colours", found: 1, of: 12, needed: 6)) {
            try TaskPack.colored_objects.prompts(1, seed: 0, few, prependsBOS: true)
        }
        let error = #expect(throws: TaskError.self) { try TaskPack.ioi.prompts(1, seed: 0, few, prependsBOS: true) }
        #expect(try #require(error).description.contains("3 are one token of this model's; prompts need 8"))
    }
}

@Suite struct PromptFileTests {
    private func prompts(_ text: String, count: Int = 10) throws -> [TaskPrompt] {
        let path = NSTemporaryDirectory() + "/prompts-\(UUID().uuidString).jsonl"
        try Data(text.utf8).write(to: URL(filePath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        return try PromptFile(path).prompts(count, Tokenizer(directory: demoDirectory), prependsBOS: true)
    }

    @Test func `the words of a file's prompts have the places that those of a task have`() throws {
        let tokenizer = try Tokenizer(directory: demoDirectory), file = PromptFile(demoDirectory + "/" + PromptFile.ofModels)
        let prompts = try file.prompts(200, tokenizer, prependsBOS: true)
        #expect(prompts.count { prompt in prompt.places.contains { $0.name == "IO" } } >= 150)
        for prompt in prompts {
            let places = Dictionary(uniqueKeysWithValues: prompt.places.map { ($0.name, $0.position) })
            let S2 = try #require(places["S2"]), subject = prompt.tokens[S2], others = prompt.wrong.map(\.token)
            // A name at the very beginning has no space, and is another token.
            #expect(prompt.tokens.firstIndex(of: prompt.answer.token) == places["IO"])
            #expect(places["END"] == prompt.tokens.count - 1)
            // Of several who act, the one named last.
            let first = prompt.tokens.firstIndex(of: subject)
            #expect(others.contains(subject) && (places["S1"] == nil ? first == S2 : first == places["S1"]))
            #expect(places["S1+1"] == places["S1"].map { $0 + 1 })
            #expect(!prompt.tokens[(S2 + 1)...].contains { others.contains($0) })
        }
        #expect(TaskPrompt.places([5, 6, 7], object: 9, others: [8]).map(\.name) == ["END"])
    }

    @Test func `the embedded model's own file is read, its first prompts as they stand`() throws {
        let tokenizer = try Tokenizer(directory: demoDirectory), file = PromptFile(demoDirectory + "/" + PromptFile.ofModels)
        let found = try file.prompts(1024, tokenizer, prependsBOS: true)
        #expect(file.exists && found.count == 200)
        #expect(found[0].text.hasPrefix("While David and Lucy") && found[0].answer.text == " David")
        #expect(found[0].wrong.map(\.text) == [" Lucy"] && found.contains { $0.wrong.count == 2 })
        #expect(try file.prompts(3, tokenizer, prependsBOS: true) == Array(found[..<3]))
    }

    @Test func `wrong may be one text or several, and empty lines are passed over`() throws {
        let found = try prompts(
            """
            {"prompt": "When John", "answer": " and", "wrong": ","}

            {"prompt": "When", "answer": " John", "wrong": [" Mary", " Tom"], "note": 1}
            """)
        #expect(found.map(\.wrong.count) == [1, 2] && found[0].tokens.count == 3)
    }

    @Test(arguments: [
        ("{\"prompt\": 1}", "has no text 'prompt'"), ("{\"prompt\": \"a\"}", "has no text 'answer'"), ("[", "is not JSON"),
        ("{\"prompt\": \"a\", \"answer\": \" John\", \"wrong\": []}", "has no 'wrong'"), ("\n\n", "is the end of the file"),
        ("{\"prompt\": \"a\", \"answer\": \" Johnathan of\", \"wrong\": \" John\"}", "tokens of this model's"),
    ])
    func `a line that is no prompt is named with its reason`(_ line: String, _ reason: String) throws {
        let error = #expect(throws: TaskError.self) { try prompts(line) }
        #expect(try #require(error).description.contains(reason), "\(String(describing: error))")
    }

    @Test func `a file that is not there is said to be missing`() throws {
        #expect(!PromptFile("/nonexistent/prompts.jsonl").exists)
        let error = #expect(throws: TaskError.self) {
            try PromptFile("/nonexistent/prompts.jsonl").prompts(1, Tokenizer(directory: demoDirectory), prependsBOS: true)
        }
        #expect(try #require(error).description.contains("No such file"))
    }
}
