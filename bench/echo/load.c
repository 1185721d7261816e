// The load: connections that send a message, wait for its whole echo, compare it, and send the next.
// Usage: load PORT CONNECTIONS BYTES WARM_MS WINDOW_MS; see README.md for how it is talked to. load.ts is the same for Node.
#define _GNU_SOURCE
#include <errno.h>
#include <float.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define READ_BYTES (256 * 1024)
#define SHIFTS 256
#define EVENTS 256

struct connection {
  int fd, number;
  unsigned messages;
  size_t sent, received;
  const unsigned char *message;
  double began;
  bool blocked;
};

/** Warming begins when every connection was served once. */
enum phase { CONNECTING, WARMING, MEASURING, OVER };

static unsigned char buffer[READ_BYTES];
static unsigned char *pattern;
static size_t bytes;
static int epoll_fd;

static enum phase phase = CONNECTING;
static int count, served;
static double warm_ms, window_ms, phase_end, window_began, window_took;
static double cpu_before, cpu_took;

/** How long each request of the window took, in microseconds. */
static double *latencies;
static size_t requests, capacity;

static void die(const char *what) {
  fprintf(stderr, "Error: %s: %s\n", what, strerror(errno));
  exit(1);
}

static double now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1e3 + now.tv_nsec / 1e6;
}

static double milliseconds(struct timeval t) { return t.tv_sec * 1e3 + t.tv_usec / 1e3; }

static double cpu_ms(void) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return milliseconds(usage.ru_utime) + milliseconds(usage.ru_stime);
}

static void watch(int op, int fd, uint32_t events, void *data) {
  struct epoll_event event = {.events = events, .data.ptr = data};
  if (epoll_ctl(epoll_fd, op, fd, &event) < 0) die("epoll_ctl");
}

/** Each message is a different piece of the pattern, so that bytes of another message or connection are noticed. */
static void make_pattern(void) {
  pattern = malloc(bytes + SHIFTS);
  if (pattern == NULL) die("malloc");
  for (size_t i = 0; i < bytes + SHIFTS; i++) pattern[i] = i * 31 + (i >> 8) * 7;
}

static void send_rest(struct connection *c) {
  while (c->sent < bytes) {
    ssize_t n = send(c->fd, c->message + c->sent, bytes - c->sent, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n < 0 && errno != EAGAIN) die("send");
    if (n < 0) break;
    c->sent += n;
  }
  bool blocked = c->sent < bytes;
  if (blocked == c->blocked) return;
  c->blocked = blocked;
  watch(EPOLL_CTL_MOD, c->fd, blocked ? EPOLLIN | EPOLLOUT : EPOLLIN, c);
}

static void send_next(struct connection *c, double now) {
  c->message = pattern + (c->messages * 7 + c->number) % SHIFTS;
  c->messages++;
  c->sent = c->received = 0;
  c->began = now;
  send_rest(c);
}

static void note(double took_ms) {
  if (requests == capacity) {
    capacity = capacity == 0 ? 1 << 20 : capacity * 2;
    latencies = realloc(latencies, capacity * sizeof *latencies);
    if (latencies == NULL) die("realloc");
  }
  latencies[requests++] = took_ms * 1e3;
}

/** A window without a request would tell nothing, so it is as long as it needs for one. */
static bool is_over(double now) {
  if (phase == CONNECTING) return served == count;
  if (phase == MEASURING && requests == 0) return false;
  return now >= phase_end;
}

static void say(const char *line) {
  puts(line);
  fflush(stdout);
}

static void next_phase(double now) {
  if (phase == CONNECTING) {
    phase = WARMING;
    phase_end = now + warm_ms;
    return;
  }
  if (phase == WARMING) {
    phase = MEASURING;
    window_began = now;
    phase_end = now + window_ms;
    cpu_before = cpu_ms();
    say("begin");
    return;
  }
  phase = OVER;
  phase_end = DBL_MAX;
  window_took = now - window_began;
  cpu_took = cpu_ms() - cpu_before;
  say("end");
}

static void on_readable(struct connection *c) {
  ssize_t n = recv(c->fd, buffer, sizeof buffer, MSG_DONTWAIT);
  if (n < 0 && errno == EAGAIN) return;
  if (n < 0) die("recv");
  if (n == 0 || c->received + n > c->sent || memcmp(buffer, c->message + c->received, n) != 0) {
    const char *what = n == 0 ? "was closed" : "gave back other bytes than it was sent";
    fprintf(stderr, "Error: connection %d %s, in message %u\n", c->number, what, c->messages);
    exit(1);
  }
  c->received += n;
  if (c->received < bytes) return;
  if (c->messages == 1) served++;
  double now = now_ms();
  if (phase == MEASURING) note(now - c->began);
  send_next(c, now);
}

static int compare(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static double percentile(double share) {
  if (requests == 0) return 0;
  size_t below = requests * share;
  return latencies[below < requests ? below : requests - 1];
}

/** The end of the input ends the load, which goes on until then: a server must not be idle before it is asked. */
static void on_control(void) {
  char line[64];
  if (read(0, line, sizeof line) > 0) return;
  qsort(latencies, requests, sizeof *latencies, compare);
  printf("{\"requests\":%zu,\"wallMs\":%.3f,\"cpuMs\":%.3f,\"p50Us\":%.1f,\"p99Us\":%.1f}\n", requests, window_took,
         cpu_took, percentile(0.5), percentile(0.99));
  exit(0);
}

static void open_connection(struct connection *c, int number, int port) {
  struct sockaddr_in address = {
      .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) < 0) die("connect");
  int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  *c = (struct connection){.fd = fd, .number = number};
  watch(EPOLL_CTL_ADD, fd, EPOLLIN, c);
}

static void serve_events(void) {
  struct epoll_event events[EVENTS];
  int n = epoll_wait(epoll_fd, events, EVENTS, 1);
  if (n < 0 && errno != EINTR) die("epoll_wait");
  for (int i = 0; i < n; i++) {
    struct connection *c = events[i].data.ptr;
    if (c == NULL) {
      on_control();
      continue;
    }
    if (events[i].events & EPOLLOUT) send_rest(c);
    if (events[i].events & ~EPOLLOUT) on_readable(c);
  }
}

int main(int argc, char **argv) {
  if (argc != 6) {
    fprintf(stderr, "Error: usage: load PORT CONNECTIONS BYTES WARM_MS WINDOW_MS\n");
    return 2;
  }
  count = atoi(argv[2]);
  bytes = strtoul(argv[3], NULL, 10);
  warm_ms = atof(argv[4]);
  window_ms = atof(argv[5]);
  make_pattern();
  epoll_fd = epoll_create1(EPOLL_CLOEXEC);
  struct connection *connections = calloc(count, sizeof *connections);
  if (epoll_fd < 0 || connections == NULL) die("start");
  watch(EPOLL_CTL_ADD, 0, EPOLLIN, NULL);
  for (int i = 0; i < count; i++) open_connection(&connections[i], i, atoi(argv[1]));
  for (int i = 0; i < count; i++) send_next(&connections[i], now_ms());
  for (;;) {
    serve_events();
    double now = now_ms();
    if (is_over(now)) next_phase(now);
  }
}
