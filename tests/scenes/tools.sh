# What the people in the scenes have at hand besides the program itself.

# flip FILE OFFSET: the file with one bit changed, to stdout
flip() {
    local byte
    byte=$(od -An -tu1 -j "$2" -N1 "$1")
    head -c "$2" "$1"
    printf "\\x$(printf %02x $((byte ^ 1)))"
    tail -c "+$(($2 + 2))" "$1"
}

# size FILE: its length in bytes
size() { stat -c %s "$1"; }

# packets N…: the packets of the message in stdin in another order, or fewer, or twice; 0 is the header
packets() { "$PYTHON" "$TOOLS" packets "$@"; }

# e2e-on DATE ARGUMENT…: the program on another day
e2e-on() { "$PYTHON" "$TOOLS" on "$@"; }

# within MIB COMMAND…: a command, and a complaint if it took more memory than that
within() { "$PYTHON" "$TOOLS" within "$@"; }

# issue-card IDENTITY key=value…: a card of your own as it might be some day
issue-card() { "$PYTHON" "$TOOLS" issue-card "$@"; }

# ordinary COMMAND…: a command to which modes mean something, also where root runs it
ordinary() {
    if [ "$(id -u)" = 0 ]; then
        setpriv --bounding-set=-dac_override,-dac_read_search "$@"
    else
        "$@"
    fi
}
