/* Makes a few bytes of one file fail to be read, as a broken disk does. Preloaded into the program:
 * DEVICE_FILE names the file, DEVICE_START and DEVICE_END the bytes. */

#define _GNU_SOURCE

#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

typedef ssize_t (*read_at)(int, void *, size_t, off_t);

static int is_broken(int fd)
{
    const char *path = getenv("DEVICE_FILE");
    struct stat broken, open;

    return path && !stat(path, &broken) && !fstat(fd, &open)
        && broken.st_dev == open.st_dev && broken.st_ino == open.st_ino;
}

static ssize_t serve(int fd, void *buffer, size_t count, off_t at)
{
    off_t start = atoll(getenv("DEVICE_START")), end = atoll(getenv("DEVICE_END"));
    read_at real = (read_at)dlsym(RTLD_NEXT, "pread");

    if (at >= end || at + (off_t)count <= start)
        return real(fd, buffer, count, at);
    if (at < start)
        return real(fd, buffer, (size_t)(start - at), at);
    errno = EIO;
    return -1;
}

ssize_t read(int fd, void *buffer, size_t count)
{
    ssize_t (*real)(int, void *, size_t) = dlsym(RTLD_NEXT, "read");
    off_t at;
    ssize_t got;

    if (!is_broken(fd) || (at = lseek(fd, 0, SEEK_CUR)) < 0)
        return real(fd, buffer, count);
    got = serve(fd, buffer, count, at);
    if (got > 0)
        lseek(fd, got, SEEK_CUR);
    return got;
}

ssize_t pread(int fd, void *buffer, size_t count, off_t at)
{
    read_at real = (read_at)dlsym(RTLD_NEXT, "pread");

    return is_broken(fd) ? serve(fd, buffer, count, at) : real(fd, buffer, count, at);
}

ssize_t pread64(int fd, void *buffer, size_t count, off64_t at)
{
    return pread(fd, buffer, count, at);
}

ssize_t readv(int fd, const struct iovec *parts, int count)
{
    while (count > 1 && !parts->iov_len)
        parts++, count--;
    return count > 0 ? read(fd, parts->iov_base, parts->iov_len) : 0;
}
