import Testing

import RunStore
