import JSON
import Reports
import Testing

@Suite struct ReportTests {
    private static let hostile = "</script><img src=x onerror=alert(1)>&amp;\u{2028}\u{2029}\u{202E}{{main.js}}'\""

    private var report: Report {
        Report(document: ["format": 1, "report": "attention", "title": .string(Self.hostile), "answers": [:]])
    }

    @Test func `nothing in a document can end its element or be taken for markup`() throws {
        let html = String(decoding: report.html, as: UTF8.self)
        let start = try #require(html.firstRange(of: #"id="report">"#)).upperBound
        let end = try #require(html[start...].firstRange(of: "</script>")).lowerBound
        let json = html[start..<end]
        #expect(!json.contains("<") && !json.contains(">") && !json.contains("&") && !json.unicodeScalars.contains("\u{2028}"))
        #expect(!json.unicodeScalars.contains("\u{2029}"))
        #expect(try JSON(parsing: String(json))["title"]?.string == Self.hostile)
        #expect(html.contains("<title>&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;&amp;amp;"))
    }

    @Test func `every placeholder is replaced once, and what was put in is not looked at again`() throws {
        let html = String(decoding: report.html, as: UTF8.self)
        // Only the hostile title's own, in the title element and in the document.
        #expect(html.ranges(of: "{{").count == 2)
        #expect(html.contains("Content-Security-Policy") && html.contains("default-src 'none'"))
    }
}
