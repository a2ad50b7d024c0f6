/// What a caller asks for, as far as an answer depends on it.
package struct HTTPRequest: Sendable, Equatable {
    /// Without a query.
    package let path: String
    /// Of `Range: bytes=N-`; nil where none was asked for, or in another form, which may be passed over.
    package let firstByte: Int?

    package init(path: String, firstByte: Int? = nil) {
        self.path = path
        self.firstByte = firstByte
    }
}

/// What a caller is answered.
package struct HTTPResponse: Sendable, Equatable {
    package var status: Int
    package var contentType: String
    package var body: [UInt8]
    /// Beyond those that every answer has.
    package var headers: [String: String]

    package init(_ status: Int, _ contentType: String, _ body: [UInt8], headers: [String: String] = [:]) {
        self.status = status
        self.contentType = contentType
        self.body = body
        self.headers = headers
    }

    /// A sentence.
    package static func plain(_ status: Int, _ sentence: String, headers: [String: String] = [:]) -> HTTPResponse {
        HTTPResponse(status, "text/plain; charset=utf-8", Array("\(sentence)\n".utf8), headers: headers)
    }
}
