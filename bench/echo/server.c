// An echo server on epoll: what the machine can do at best. Usage: server; see README.md for how it is talked to.
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define READ_BYTES (256 * 1024)
#define EVENTS 256

/** A connection, and what could not be sent back yet; nothing is received meanwhile. */
struct connection {
  int fd;
  char *unsent;
  size_t length, sent;
};

static char buffer[READ_BYTES];
static int epoll_fd;

static void die(const char *what) {
  fprintf(stderr, "Error: %s: %s\n", what, strerror(errno));
  exit(1);
}

static void watch(int op, int fd, uint32_t events, void *data) {
  struct epoll_event event = {.events = events, .data.ptr = data};
  if (epoll_ctl(epoll_fd, op, fd, &event) < 0) die("epoll_ctl");
}

static void drop(struct connection *c) {
  close(c->fd);
  free(c->unsent);
  free(c);
}

/** Sends what it can; gives how much, or -1 when the connection is lost. */
static ssize_t send_some(int fd, const char *bytes, size_t length) {
  ssize_t n = send(fd, bytes, length, MSG_NOSIGNAL);
  if (n < 0 && errno == EAGAIN) return 0;
  return n;
}

static void on_readable(struct connection *c) {
  ssize_t n = recv(c->fd, buffer, sizeof buffer, 0);
  if (n < 0 && errno == EAGAIN) return;
  ssize_t sent = n <= 0 ? -1 : send_some(c->fd, buffer, n);
  if (sent < 0) return drop(c);
  if (sent == n) return;
  c->length = n - sent;
  c->sent = 0;
  c->unsent = malloc(c->length);
  if (c->unsent == NULL) die("malloc");
  memcpy(c->unsent, buffer + sent, c->length);
  watch(EPOLL_CTL_MOD, c->fd, EPOLLOUT, c);
}

static void on_writable(struct connection *c) {
  ssize_t sent = send_some(c->fd, c->unsent + c->sent, c->length - c->sent);
  if (sent < 0) return drop(c);
  c->sent += sent;
  if (c->sent < c->length) return;
  free(c->unsent);
  c->unsent = NULL;
  watch(EPOLL_CTL_MOD, c->fd, EPOLLIN, c);
}

static void on_connection(int listener) {
  int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (fd < 0) return;
  int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  struct connection *c = calloc(1, sizeof *c);
  if (c == NULL) die("calloc");
  c->fd = fd;
  watch(EPOLL_CTL_ADD, fd, EPOLLIN, c);
}

static double milliseconds(struct timeval t) { return t.tv_sec * 1e3 + t.tv_usec / 1e3; }

/** There is only one question: `cpu`. The end of the input ends the server. */
static void on_control(void) {
  char line[64];
  if (read(0, line, sizeof line) <= 0) exit(0);
  struct rusage usage;
  struct timespec now;
  getrusage(RUSAGE_SELF, &usage);
  clock_gettime(CLOCK_MONOTONIC, &now);
  double cpu = milliseconds(usage.ru_utime) + milliseconds(usage.ru_stime);
  printf("{\"cpuMs\":%.3f,\"wallMs\":%.3f}\n", cpu, now.tv_sec * 1e3 + now.tv_nsec / 1e6);
  fflush(stdout);
}

static int start_listening(void) {
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t length = sizeof address;
  if (fd < 0 || bind(fd, (struct sockaddr *)&address, length) < 0 || listen(fd, 511) < 0) die("listen");
  if (getsockname(fd, (struct sockaddr *)&address, &length) < 0) die("getsockname");
  printf("%d\n", ntohs(address.sin_port));
  fflush(stdout);
  return fd;
}

int main(void) {
  static int control_tag, listener_tag;
  struct epoll_event events[EVENTS];
  epoll_fd = epoll_create1(EPOLL_CLOEXEC);
  if (epoll_fd < 0) die("epoll_create1");
  int listener = start_listening();
  watch(EPOLL_CTL_ADD, listener, EPOLLIN, &listener_tag);
  watch(EPOLL_CTL_ADD, 0, EPOLLIN, &control_tag);
  for (;;) {
    int n = epoll_wait(epoll_fd, events, EVENTS, -1);
    if (n < 0 && errno != EINTR) die("epoll_wait");
    for (int i = 0; i < n; i++) {
      void *data = events[i].data.ptr;
      if (data == &control_tag) on_control();
      else if (data == &listener_tag) on_connection(listener);
      else if (events[i].events & EPOLLOUT) on_writable(data);
      else on_readable(data);
    }
  }
}
