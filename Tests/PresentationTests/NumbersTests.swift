import Presentation
import Testing

@Suite struct NumbersTests {
    @Test(arguments: [
        (0.4936, 2, "0.49"), (-0.126, 2, "−0.13"), (2.0, 0, "2"), (0.05, 1, "0.1"), (-0.001, 2, "0.00"), (1e20, 2, "1e+20"),
        (.nan, 2, "–"),
        (.infinity, 2, "–"), (9.999, 2, "10.00"), (123_456.789, 1, "123456.8"),
    ]) func `a number has as many decimals as are asked for`(value: Double, decimals: Int, text: String) {
        #expect(value.fixed(decimals) == text)
    }

    @Test func `a sign is shown where it is asked for, and never before a zero`() {
        #expect(1.5.fixed(1, signed: true) == "+1.5")
        #expect((-1.5).fixed(1, signed: true) == "−1.5")
        #expect((-0.01).fixed(1, signed: true) == "0.0")
    }

    @Test(arguments: [
        (-1.2e-6, "−1.2e−06"), (0.0, "0"), (12345.0, "1.2e+04"), (9.99, "1.0e+01"), (1e-100, "1.0e−100"), (.nan, "–"),
    ])
    func `the scientific form has two digits that count`(value: Double, text: String) { #expect(value.scientific == text) }

    @Test(arguments: [
        (0, "0"), (999, "999"), (1000, "1,000"), (-1_234_567, "−1,234,567"), (Int.min, "−9,223,372,036,854,775,808"),
    ])
    func `digits are grouped by three`(value: Int, text: String) { #expect(value.grouped == text) }

    @Test(arguments: [(0, "0 B"), (1023, "1023 B"), (1024, "1.0 KiB"), (3_763_200, "3.6 MiB"), (1 << 40, "1.0 TiB")])
    func `bytes are counted in binary units`(value: Int, text: String) { #expect(value.bytes == text) }

    @Test(arguments: [
        (0, "1970-01-01 00:00"), (1_767_225_660_000, "2026-01-01 00:01"), (951_827_696_000, "2000-02-29 12:34"),
        (4_107_542_399_000, "2100-02-28 23:59"),
    ]) func `times are dates of UTC`(milliseconds: Int, text: String) { #expect(milliseconds.date == text) }

    @Test(arguments: [(0.2, "under 1 s"), (48, "48 s"), (200, "3 min 20 s"), (7500, "2 h 5 min"), (.nan, "–"), (-1, "–")])
    func `durations are in words`(seconds: Double, text: String) { #expect(seconds.duration == text) }
}
