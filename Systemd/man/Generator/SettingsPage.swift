import Daemon

// The page of the configuration file and the file itself, from the daemon's one table of settings.

extension ManualPage {
    /// The page of the configuration file.
    init(settings: [Setting], date: String) {
        self.init("qklensd.conf", section: 5, purpose: "settings of qklensd", date: date)
        heading("DESCRIPTION")
        paragraphs("One setting per line, as in")
        line(".Pp")
        line(".Dl log_level = info")
        paragraphs(
            """
            A line that begins with # is a comment. A value runs to the end of its line and loses the blanks around it; there are no \
            quotes and no escapes; it may end in CR and LF. An unknown key, a key that stands twice, or a value that is not right keeps the daemon from \
            starting: qklensd --check-config says what is wrong, and qklensd --print-config shows every setting and where it comes from.

            Each setting is a flag of the daemon too, with hyphens, and an environment variable, in capitals behind QKLENS_. A flag \
            beats a variable, a variable the file, the file the default.
            """, isFirst: false)
        heading("SETTINGS")
        definitions(
            settings.map { setting in
                var meaning = "\(setting.summary) Takes \(setting.kind.expected). The default is \(setting.usualValue)."
                if setting.isReloadable { meaning += " Taken over on SIGHUP; all other settings want a restart." }
                return ("Va \(Self.argument(setting.key))", meaning)
            })
    }
}

extension Setting {
    /// A file that names every setting and sets none.
    static var exampleFile: String {
        let head = """
            # Settings of qklensd; see qklensd.conf(5). Each stands here with its default, commented out.

            """
        return allCases.map { setting in
            let summary =
                setting.summary + (setting.isEachDaemonsOwn ? " Not in /etc/qklens/qklensd.conf, which all daemons read." : "")
            let comment = summary.wrapped.map { "# \($0)\n" }.joined()
            // What depends on the machine is no value that could stand there.
            let dependsOnMachine = setting.usualValue.contains { " $".contains($0) } || setting.usualValue == "none"
            let value = dependsOnMachine ? "" : " \(setting.usualValue)"
            return "\n\(comment)\(dependsOnMachine ? "# The default is \(setting.usualValue).\n" : "")#\(setting.key) =\(value)\n"
        }.reduce(head, +)
    }
}

extension String {
    /// Words on lines that fit a terminal.
    fileprivate var wrapped: [String] {
        let width = 98
        var lines: [String] = [], current = ""
        for word in split(separator: " ") {
            if !current.isEmpty, current.utf8.count + 1 + word.utf8.count > width {
                lines.append(current)
                current = ""
            }
            current += (current.isEmpty ? "" : " ") + word
        }
        return lines + [current]
    }
}
