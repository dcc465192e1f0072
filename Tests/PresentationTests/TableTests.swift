import Presentation
import Testing

@Suite struct TableTests {
    @Test func `words begin and numbers end at the same column, and no line ends with a space`() {
        var table = Table([.words("model"), .numbers("heads"), .words("from")])
        table.add(["a", "12", "embedded"])
        table.add(["a-longer-name", "4", ""])
        #expect(
            table.text(.plain) == """
                model          heads  from
                a                 12  embedded
                a-longer-name      4

                """)
    }

    @Test func `a table without headings begins with its first row`() {
        var sheet = FactSheet()
        sheet.add("model", "demo-4l")
        sheet.add("layers", "4")
        #expect(sheet.text(.plain) == "model   demo-4l\nlayers  4\n")
    }

    @Test func `wide characters take two columns`() {
        var table = Table([.words(""), .numbers("n")])
        table.add(["東京", "1"])
        table.add(["abcd", "2"])
        #expect(table.text(.plain).split(separator: "\n").dropFirst() == ["東京  1", "abcd  2"])
    }

    @Test func `escape sequences appear only in colour and do not shift columns`() {
        var table = Table([.words("name"), .numbers("n")])
        table.add([Table.Cell("x", .bold), "1"])
        let colored = table.text(Style(isColored: true))
        #expect(colored.contains("\u{1B}[1mx\u{1B}[0m"))
        #expect(!table.text(.plain).contains("\u{1B}"))
        #expect(colored.replacing(/\u{1B}\[[0-9;]*m/, with: "") == table.text(.plain))
    }
}
