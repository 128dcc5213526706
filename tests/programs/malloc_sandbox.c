/* Allocates in a sandbox (seccomp) that ends the process at a system call that is not on its list.
 *
 *   malloc_sandbox glibc    only the calls of glibc's malloc, from after the first allocation on
 *   malloc_sandbox docker   Docker's usual list, from before the program begins
 *   malloc_sandbox systemd  services as systemd confines them (SystemCallFilter=@system-service)
 *
 * Docker's and systemd's lists say here what they refuse, of what this architecture has. */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <malloc.h>
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

typedef struct list {
  const char* name;
  int allowed; /* the calls on the list; else all others */
  int calls[64];
} list;

static const list lists[] = {
    {"glibc",
     1,
     {SYS_brk, SYS_mmap, SYS_munmap, SYS_mremap, SYS_mprotect, SYS_madvise, SYS_futex,
      SYS_sched_getaffinity, SYS_getrandom, SYS_openat, SYS_read, SYS_close,
      /* for threads and for output */
      SYS_write, SYS_exit, SYS_exit_group, SYS_clone, SYS_clone3, SYS_rt_sigaction,
      SYS_rt_sigprocmask, SYS_set_robust_list, SYS_rseq, SYS_newfstatat, -1}},
    {"docker",
     0,
     {SYS_acct,
      SYS_add_key,
      SYS_bpf,
      SYS_clock_adjtime,
      SYS_clock_settime,
      SYS_delete_module,
      SYS_fanotify_init,
      SYS_finit_module,
      SYS_fsconfig,
      SYS_fsmount,
      SYS_fsopen,
      SYS_fspick,
      SYS_get_mempolicy,
      SYS_init_module,
      SYS_ioperm,
      SYS_iopl,
      SYS_kcmp,
      SYS_kexec_file_load,
      SYS_kexec_load,
      SYS_keyctl,
      SYS_lookup_dcookie,
      SYS_mbind,
      SYS_mount,
      SYS_mount_setattr,
      SYS_move_mount,
      SYS_move_pages,
      SYS_open_by_handle_at,
      SYS_open_tree,
      SYS_perf_event_open,
      SYS_pivot_root,
      SYS_process_vm_readv,
      SYS_process_vm_writev,
      SYS_ptrace,
      SYS_quotactl,
      SYS_reboot,
      SYS_request_key,
      SYS_set_mempolicy,
      SYS_setdomainname,
      SYS_sethostname,
      SYS_setns,
      SYS_settimeofday,
      SYS_swapoff,
      SYS_swapon,
      SYS_syslog,
      SYS_umount2,
      SYS_unshare,
      SYS_userfaultfd,
      SYS_vhangup,
      -1}},
    {"systemd",
     0,
     {SYS_acct,
      SYS_bpf,
      SYS_clock_adjtime,
      SYS_clock_settime,
      SYS_adjtimex,
      SYS_delete_module,
      SYS_fanotify_init,
      SYS_finit_module,
      SYS_fsconfig,
      SYS_fsmount,
      SYS_fsopen,
      SYS_fspick,
      SYS_init_module,
      SYS_ioperm,
      SYS_iopl,
      SYS_kexec_file_load,
      SYS_kexec_load,
      SYS_lookup_dcookie,
      SYS_modify_ldt,
      SYS_mount,
      SYS_mount_setattr,
      SYS_move_mount,
      SYS_move_pages,
      SYS_mbind,
      SYS_migrate_pages,
      SYS_open_by_handle_at,
      SYS_open_tree,
      SYS_perf_event_open,
      SYS_pidfd_getfd,
      SYS_pivot_root,
      SYS_process_vm_readv,
      SYS_process_vm_writev,
      SYS_ptrace,
      SYS_quotactl,
      SYS_reboot,
      SYS_set_mempolicy,
      SYS_setdomainname,
      SYS_sethostname,
      SYS_settimeofday,
      SYS_swapoff,
      SYS_swapon,
      SYS_syslog,
      SYS_umount2,
      SYS_userfaultfd,
      SYS_ustat,
      SYS_uselib,
      SYS_vhangup,
      SYS__sysctl,
      SYS_chroot,
      SYS_kcmp,
      SYS_personality,
      SYS_seccomp,
      -1}},
};

static int confine(const list* list) {
  struct sock_filter code[140];
  unsigned short length = 0;
  const unsigned hit = list->allowed ? SECCOMP_RET_ALLOW : SECCOMP_RET_KILL_PROCESS;
  const unsigned other = list->allowed ? SECCOMP_RET_KILL_PROCESS : SECCOMP_RET_ALLOW;
  code[length++] =
      (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
  for (const int* call = list->calls; *call >= 0; ++call) {
    code[length++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)*call, 0, 1);
    code[length++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, hit);
  }
  code[length++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, other);
  const struct sock_fprog program = {length, code};
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

static void* work(void* seed) {
  enum { kept = 200 };
  static const size_t sizes[] = {24, 500, 3000, 9000, 100000, 300000, 700000, 3000000};
  char** const blocks = calloc(kept, sizeof *blocks);
  unsigned state = (unsigned)(uintptr_t)seed;
  for (int i = 0; i < 3000; ++i) {
    state = state * 1103515245 + 12345;
    char** const at = &blocks[(state >> 8) % kept];
    const size_t size = sizes[(state >> 16) % 8] + (state >> 24);
    if ((state & 7) == 0) {
      *at = realloc(*at, size);
    } else {
      free(*at);
      *at = (state & 8) != 0 ? malloc(size) : memalign(64, size);
    }
    **at = 1;
    if (i % 1000 == 0) malloc_trim(0);
  }
  for (int i = 0; i < kept; ++i) free(blocks[i]);
  free(blocks);
  return NULL;
}

/* Large blocks of which little is touched, and a heap that grows and shrinks. */
static void work_on_large(void) {
  char* blocks[64] = {0};
  for (int i = 0; i < 500; ++i) {
    char** const at = &blocks[i * 7 % 64];
    free(*at);
    *at = malloc((size_t)(256 + i % 500) << 10);
    memset(*at, 1, i % 9 == 0 ? 200000 : 100);
  }
  for (int i = 0; i < 64; ++i) free(blocks[i]);
}

int main(int count, char** arguments) {
  const char* const name = count > 1 ? arguments[1] : "";
  const int begun = count > 2; /* the second time, within the sandbox */
  free(malloc(100));
  for (size_t i = 0; !begun && i < sizeof lists / sizeof *lists; ++i) {
    if (strcmp(lists[i].name, name) != 0) continue;
    if (!confine(&lists[i])) return perror("no sandbox"), 2;
    if (!lists[i].allowed) {
      execl("/proc/self/exe", arguments[0], name, "begun", (char*)NULL);
      return perror("exec"), 2;
    }
  }
  pthread_t threads[3];
  for (uintptr_t i = 0; i < 3; ++i) pthread_create(&threads[i], NULL, work, (void*)i);
  work_on_large();
  for (int i = 0; i < 3; ++i) pthread_join(threads[i], NULL);
  malloc_trim(0);
  puts("alive");
  return 0;
}
