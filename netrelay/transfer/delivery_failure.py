"""The trouble that an error of the operating system means for a delivery that will be retried."""

import errno

from netrelay.core.printable import printable
from netrelay.core.words import DeliveryTrouble

# The errors of link(2), renameat2(2), mkdir(2) and open(2) that a person can end; the rest, such as
# EIO, are errors of the disk.
_TROUBLES = {
    errno.ENOSPC: DeliveryTrouble.DISK_FULL,
    errno.EDQUOT: DeliveryTrouble.DISK_FULL,
    errno.EACCES: DeliveryTrouble.NOT_PERMITTED,
    errno.EPERM: DeliveryTrouble.NOT_PERMITTED,
    errno.EROFS: DeliveryTrouble.NOT_PERMITTED,
    errno.ENAMETOOLONG: DeliveryTrouble.NAME_REFUSED,
    errno.EINVAL: DeliveryTrouble.NAME_REFUSED,
    errno.EILSEQ: DeliveryTrouble.NAME_REFUSED,
    errno.ENOENT: DeliveryTrouble.FOLDER_UNUSABLE,
    errno.ENOTDIR: DeliveryTrouble.FOLDER_UNUSABLE,
    errno.ELOOP: DeliveryTrouble.FOLDER_UNUSABLE,
    errno.EEXIST: DeliveryTrouble.FOLDER_UNUSABLE,
    errno.EXDEV: DeliveryTrouble.FOLDER_UNUSABLE,
}


def delivery_trouble(error: OSError) -> tuple[DeliveryTrouble, str]:
    """Return the trouble that an error stands for, and the system's text of it.

    The text names no path: if the file expires, its source is told.
    """
    trouble = _TROUBLES.get(error.errno or errno.EIO, DeliveryTrouble.DISK_ERROR)
    return trouble, printable(error.strerror or str(error))
