// SearchProtocol
