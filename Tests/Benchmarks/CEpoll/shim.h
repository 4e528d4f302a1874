// What Swift's Glibc module leaves out.
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <sys/epoll.h>
#include <time.h>

static inline unsigned thalamus_epoll_in(void) { return EPOLLIN; }
static inline unsigned thalamus_epoll_out(void) { return EPOLLOUT; }

static inline struct epoll_event thalamus_epoll_event(unsigned events, int descriptor) {
    struct epoll_event event = {.events = events, .data = {.fd = descriptor}};
    return event;
}

static inline int thalamus_epoll_descriptor(struct epoll_event event) { return event.data.fd; }

/// Waits at most so many nanoseconds; -1 waits for ever.
static inline int thalamus_epoll_wait(int epoll, struct epoll_event *events, int count, long long nanoseconds) {
    struct timespec timeout = {.tv_sec = nanoseconds / 1000000000, .tv_nsec = nanoseconds % 1000000000};
    return epoll_pwait2(epoll, events, count, nanoseconds < 0 ? NULL : &timeout, NULL);
}
