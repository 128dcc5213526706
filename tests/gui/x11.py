"""What xdotool cannot do: a window manager's polite request to close (ICCCM 4.2.8.1), a display's resolution."""

import ctypes
import ctypes.util

CLIENT_MESSAGE = 33


class ClientMessage(ctypes.Structure):
    """XClientMessageEvent of Xlib.h, padded to the size of XEvent."""

    _fields_ = [("type", ctypes.c_int), ("serial", ctypes.c_ulong), ("send_event", ctypes.c_int),
                ("display", ctypes.c_void_p), ("window", ctypes.c_ulong), ("message_type", ctypes.c_ulong),
                ("format", ctypes.c_int), ("data", ctypes.c_long * 5), ("padding", ctypes.c_long * 12)]


def open_display():
    lib = ctypes.CDLL(ctypes.util.find_library("X11") or "libX11.so.6")
    lib.XOpenDisplay.restype = ctypes.c_void_p
    lib.XInternAtom.restype = ctypes.c_ulong
    lib.XInternAtom.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int]
    lib.XCloseDisplay.argtypes = [ctypes.c_void_p]
    display = lib.XOpenDisplay(None)
    if not display:
        raise AssertionError("no X display")
    return lib, display


def set_resolution(dots_per_inch):
    """What the desktop says of its scale: 96 is 1. Holds for windows that are opened afterwards."""
    lib, display = open_display()
    lib.XDefaultRootWindow.restype = ctypes.c_ulong
    lib.XDefaultRootWindow.argtypes = [ctypes.c_void_p]
    lib.XChangeProperty.argtypes = [ctypes.c_void_p, ctypes.c_ulong, ctypes.c_ulong, ctypes.c_ulong,
                                    ctypes.c_int, ctypes.c_int, ctypes.c_char_p, ctypes.c_int]
    text = f"Xft.dpi:\t{dots_per_inch}\n".encode()
    string, replace = 31, 0  # XA_STRING, PropModeReplace
    lib.XChangeProperty(display, lib.XDefaultRootWindow(display),
                        lib.XInternAtom(display, b"RESOURCE_MANAGER", 0), string, 8, replace, text, len(text))
    lib.XCloseDisplay(display)


def ask_to_close(window):
    """Sends WM_DELETE_WINDOW."""
    lib, display = open_display()
    lib.XSendEvent.argtypes = [ctypes.c_void_p, ctypes.c_ulong, ctypes.c_int, ctypes.c_long, ctypes.c_void_p]
    event = ClientMessage(type=CLIENT_MESSAGE, window=window, format=32,
                          message_type=lib.XInternAtom(display, b"WM_PROTOCOLS", 0))
    event.data[0] = lib.XInternAtom(display, b"WM_DELETE_WINDOW", 0)
    lib.XSendEvent(display, window, 0, 0, ctypes.byref(event))
    lib.XCloseDisplay(display)
