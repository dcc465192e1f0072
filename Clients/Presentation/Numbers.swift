// Numbers as people read them.

extension BinaryFloatingPoint {
    /// The number with so many decimals, rounded to the nearest; `–` if it is not finite.
    ///
    /// Numbers too large to be counted in units of the last decimal keep their shortest form.
    public func fixed(_ decimals: Int, signed: Bool = false) -> String {
        guard isFinite else { return "–" }
        var scale = 1.0
        for _ in 0..<decimals { scale *= 10 }
        let scaled = (Double(self).magnitude * scale).rounded()
        guard let units = Int(exactly: scaled) else { return "\(self)" }
        let one = Int(scale)
        let digits = String(units % one)
        let fraction = decimals == 0 ? "" : "." + String(repeating: "0", count: decimals - digits.count) + digits
        // A number that is rounded to zero has no sign.
        let sign = units == 0 ? "" : self < 0 ? "−" : signed ? "+" : ""
        return sign + String(units / one) + fraction
    }

    /// The number as a percentage.
    public func percent(_ decimals: Int = 1) -> String { "\((Double(self) * 100).fixed(decimals)) %" }

    /// The number as `1.2e−06`: two digits that count, whatever its size.
    public var scientific: String {
        guard isFinite else { return "–" }
        guard self != 0 else { return "0" }
        var mantissa = Double(self).magnitude
        var exponent = 0
        while mantissa >= 10 { (mantissa, exponent) = (mantissa / 10, exponent + 1) }
        while mantissa < 1 { (mantissa, exponent) = (mantissa * 10, exponent - 1) }
        if mantissa.fixed(1) == "10.0" { (mantissa, exponent) = (1, exponent + 1) }
        let digits = String(exponent.magnitude)
        return "\(self < 0 ? "−" : "")\(mantissa.fixed(1))e\(exponent < 0 ? "−" : "+")\(digits.count < 2 ? "0" : "")\(digits)"
    }
}

extension Int {
    /// The number with a comma after every three digits.
    public var grouped: String {
        let digits = Array(String(magnitude))
        var grouped = self < 0 ? "−" : ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { grouped += "," }
            grouped.append(digit)
        }
        return grouped
    }

    /// A number of bytes in the largest binary unit of which there is at least one.
    public var bytes: String {
        var value = Double(self)
        for unit in ["B", "KiB", "MiB", "GiB"] {
            if value < 1024 { return unit == "B" ? "\(self) B" : "\(value.fixed(1)) \(unit)" }
            value /= 1024
        }
        return "\(value.fixed(1)) TiB"
    }

    /// Milliseconds since 1970 as a date and time of UTC.
    ///
    /// *Source:* civil_from_days, https://howardhinnant.github.io/date_algorithms.html
    public var date: String {
        let seconds = self / 1000
        let days = seconds / 86_400
        let shifted = days + 719_468  // From 1970-01-01 to 0000-03-01.
        let era = shifted / 146_097  // Days in 400 years.
        let dayOfEra = shifted % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        let two = { (value: Int) in value < 10 ? "0\(value)" : "\(value)" }
        return "\(year)-\(two(month))-\(two(day)) \(two(seconds / 3600 % 24)):\(two(seconds / 60 % 60))"
    }
}

extension Double {
    /// A number of seconds in words: `48 s`, `3 min 20 s`, `2 h 5 min`.
    public var duration: String {
        guard isFinite, self >= 0, let seconds = Int(exactly: rounded()) else { return "–" }
        switch seconds {
        case 0..<1: return "under 1 s"
        case ..<120: return "\(seconds) s"
        case ..<7200: return "\(seconds / 60) min \(seconds % 60) s"
        default: return "\(seconds / 3600) h \(seconds / 60 % 60) min"
        }
    }
}
