/// Whose limit it is.
enum Subject: Hashable, Sendable {
    case account(String)
    case key(String)

    /// Its name in the database.
    var text: String {
        switch self {
        case .account(let id): "account:" + id
        case .key(let id): "key:" + id
        }
    }

    init?(_ text: String) {
        if text.hasPrefix("account:") {
            self = .account(String(text.dropFirst(8)))
        } else if text.hasPrefix("key:") {
            self = .key(String(text.dropFirst(4)))
        } else {
            return nil
        }
    }
}
