/* Kills the process at the K-th system call that changes a file: before it, or after half of a write. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <limits.h>
#include <signal.h>
#include <sys/types.h>
#include <unistd.h>

static long left = -1; /* calls until the end; negative: not armed */
static long seen = 0;
static int half = 0;

void killer_arm(long calls, int tear) { left = calls; half = tear; seen = 0; }
long killer_seen(void) { return seen; }

static int last(void) {
    if (left < 0) return 0;
    __atomic_add_fetch(&seen, 1, __ATOMIC_SEQ_CST);
    return __atomic_sub_fetch(&left, 1, __ATOMIC_SEQ_CST) == 0;
}

static void end(void) { kill(getpid(), SIGKILL); for (;;) pause(); }

#define NEXT(name, type, ...) \
    static type (*next)(__VA_ARGS__); \
    if (!next) next = (type (*)(__VA_ARGS__))dlsym(RTLD_NEXT, name)

#define PWRITE(name, offset_type) \
    ssize_t name(int fd, const void *bytes, size_t count, offset_type at) { \
        NEXT(#name, ssize_t, int, const void *, size_t, offset_type); \
        if (last()) { if (half) next(fd, bytes, count / 2, at); end(); } \
        return next(fd, bytes, count, at); \
    }
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)

/* 0 to 2 carry the acknowledgements. */
ssize_t write(int fd, const void *bytes, size_t count) {
    NEXT("write", ssize_t, int, const void *, size_t);
    if (fd > 2 && last()) { if (half) next(fd, bytes, count / 2); end(); }
    return next(fd, bytes, count);
}

#define CALL(name, parameters, types, arguments) \
    int name parameters { \
        static int (*next) types; \
        if (!next) next = (int (*) types)dlsym(RTLD_NEXT, #name); \
        if (last()) end(); \
        return next arguments; \
    }
CALL(ftruncate, (int fd, off_t size), (int, off_t), (fd, size))
CALL(ftruncate64, (int fd, off64_t size), (int, off64_t), (fd, size))
CALL(fsync, (int fd), (int), (fd))
CALL(fdatasync, (int fd), (int), (fd))
CALL(unlink, (const char *path), (const char *), (path))
