#include <sys/types.h>
#include <sys/socket.h>
#include <microhttpd.h>

// The library is told its options by a call with any number of arguments, which Swift cannot make.
static inline struct MHD_Daemon *snas_http_start(
    unsigned int flags, const struct sockaddr *address, unsigned int connections, unsigned int connectionsOfOneAddress,
    unsigned int timeoutSeconds, size_t connectionBytes, unsigned int backlog, MHD_AccessHandlerCallback handler,
    void *context, void (*log)(void *, const char *, va_list))
{
    return MHD_start_daemon(
        flags, 0, NULL, NULL, handler, context,
        MHD_OPTION_EXTERNAL_LOGGER, log, NULL,
        MHD_OPTION_SOCK_ADDR, address,
        MHD_OPTION_CONNECTION_LIMIT, connections,
        MHD_OPTION_PER_IP_CONNECTION_LIMIT, connectionsOfOneAddress,
        MHD_OPTION_CONNECTION_TIMEOUT, timeoutSeconds,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, connectionBytes,
        MHD_OPTION_LISTEN_BACKLOG_SIZE, backlog,
        MHD_OPTION_END);
}

// Of two kinds of answers of which this is one, as a number.
static inline int snas_http_port(struct MHD_Daemon *daemon)
{
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT);
    return info ? info->port : 0;
}

static inline const char *snas_http_header(struct MHD_Connection *connection, const char *name)
{
    return MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
}

// The bytes are copied.
static inline struct MHD_Response *snas_http_response(const void *bytes, size_t count)
{
    return MHD_create_response_from_buffer(count, (void *)bytes, MHD_RESPMEM_MUST_COPY);
}

// The answer of a handler that cannot go on: the connection is closed.
static inline enum MHD_Result snas_http_failed(void) { return MHD_NO; }
