//! Words that Salt reserves among a state's arguments, and grains that most minions have, each with
//! one line of our own. Knows nothing of modules.

/// A reserved argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Word {
    /// The argument's name.
    pub name: &'static str,
    /// What it does, one sentence.
    pub doc: &'static str,
}

/// A grain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grain {
    /// Its name.
    pub name: &'static str,
    /// What it holds, one sentence, with an example.
    pub doc: &'static str,
}

const fn word(name: &'static str, doc: &'static str) -> Word {
    Word { name, doc }
}

const fn grain(name: &'static str, doc: &'static str) -> Grain {
    Grain { name, doc }
}

/// Requisites that an author writes (`RequisiteType` in `salt/utils/requisite.py`, and the `_in`
/// forms in `salt/state.py`).
#[must_use]
pub fn requisites() -> &'static [Word] {
    const WORDS: &[Word] = &[
        word("require", "Runs after these states, and only if they all succeeded."),
        word("require_any", "Runs after these states, and only if at least one succeeded."),
        word("require_in", "The named states require this one."),
        word("watch", "Like require; when one of these states changed something, reacts (a service restarts)."),
        word("watch_any", "Like require_any; reacts when one of these states changed something."),
        word("watch_in", "The named states watch this one."),
        word("onchanges", "Runs only if all of these states succeeded and at least one changed something."),
        word("onchanges_any", "Runs only if at least one of these states succeeded with changes."),
        word("onchanges_in", "The named states run only if this one changed something."),
        word("onfail", "Runs only if one of these states failed."),
        word("onfail_any", "Runs only if at least one of these states failed."),
        word("onfail_all", "Runs only if all of these states failed."),
        word("onfail_in", "The named states run only if this one failed."),
        word("prereq", "Runs before these states, and only if a test run says that they would change something."),
        word("prereq_in", "The named states run before this one, if this one would change something."),
        word("listen", "Reacts at the end of the run when one of these states changed something."),
        word("listen_in", "The named states react at the end of the run when this one changed something."),
        word("use", "Takes the arguments that it lacks from these states; requisites are not taken."),
        word("use_in", "The named states take the arguments that they lack from this one."),
    ];
    WORDS
}

/// Arguments that every state takes besides its function's own (`STATE_RUNTIME_KEYWORDS` in
/// `salt/state.py`), without the internal ones.
#[must_use]
pub fn global_arguments() -> &'static [Word] {
    const WORDS: &[Word] = &[
        word("name", "What the state acts on; the state ID if not given."),
        word("names", "A list: the state runs once for each name; an item can be a mapping with its own arguments."),
        word(
            "order",
            "A number, `first` or `last`: the place in the run among states without requisites between them.",
        ),
        word("onlyif", "Runs only if all of these commands or function calls succeed."),
        word("unless", "Does not run if all of these commands or function calls succeed."),
        word("creates", "Does not run if all of these paths exist."),
        word("check_cmd", "Commands that must succeed afterwards, else the state counts as failed."),
        word("cmd_opts_exclude", "Options of cmd.run that onlyif and unless must not take from this state."),
        word("retry", "Tries again until it succeeds: `attempts`, `until`, `interval`, `splay`."),
        word("failhard", "Stops the whole run if this state fails."),
        word("parallel", "Runs in a process of its own beside the others."),
        word("aggregate", "Lets the state module join several states into one call."),
        word("timeout", "Seconds until a command of onlyif, unless or check_cmd is given up."),
        word("runas", "The user for the commands of onlyif, unless and check_cmd."),
        word("runas_password", "The password of that user (Windows)."),
        word("umask", "The file mode mask while the state runs, such as `022`."),
        word("saltenv", "The environment from which `salt://` sources come."),
        word("reload_modules", "Loads execution modules again after this state when it changed something."),
        word("force_reload_modules", "Loads execution modules again after this state in any case."),
        word("reload_grains", "Computes the grains again after this state."),
        word("reload_pillar", "Compiles the pillar again after this state."),
        word("no_log", "Hides arguments and result of this state in the output (3008)."),
        word("fire_event", "Sends an event when done: `True`, or the tag."),
        word("state", "The state module, in the long form of a declaration."),
        word("fun", "The function, in the long form of a declaration."),
    ];
    WORDS
}

/// Values that a grain has on common systems (`salt/grains/core.py`), the commonest first; nothing for
/// grains whose values cannot be listed.
#[must_use]
pub fn grain_values(grain: &str) -> &'static [&'static str] {
    match grain {
        "os_family" => &[
            "Debian", "RedHat", "Suse", "Arch", "Alpine", "Gentoo", "Windows", "FreeBSD", "MacOS", "OpenBSD",
            "Solaris", "Void",
        ],
        "os" => &[
            "Ubuntu",
            "Debian",
            "CentOS",
            "CentOS Stream",
            "RedHat",
            "Rocky",
            "AlmaLinux",
            "Fedora",
            "Amazon",
            "OracleLinux",
            "SUSE",
            "Leap",
            "Arch",
            "Alpine",
            "Gentoo",
            "Raspbian",
            "Windows",
            "FreeBSD",
            "MacOS",
        ],
        "kernel" => &["Linux", "Windows", "FreeBSD", "Darwin", "OpenBSD", "SunOS"],
        "init" => &["systemd", "upstart", "sysvinit", "openrc", "runit", "unknown"],
        "osarch" => &["amd64", "x86_64", "arm64", "aarch64", "armhf", "i386"],
        "cpuarch" => &["x86_64", "aarch64", "armv7l", "i686", "AMD64"],
        "virtual" => &["physical", "kvm", "VMware", "container", "LXC", "VirtualBox", "xen", "HyperV"],
        "oscodename" => &["bookworm", "bullseye", "trixie", "jammy", "noble", "focal", "buster", "bionic"],
        _ => &[],
    }
}

/// Grains that minions commonly have, sorted by name.
#[must_use]
#[allow(clippy::too_many_lines, reason = "a table")]
pub fn common_grains() -> &'static [Grain] {
    const GRAINS: &[Grain] = &[
        grain("biosversion", "Version of the firmware."),
        grain("cpu_flags", "List of the processor's features, such as `sse2`."),
        grain("cpu_model", "Name of the processor."),
        grain("cpuarch", "Architecture of the machine: `x86_64`, `aarch64`."),
        grain("cwd", "Folder in which the minion was started."),
        grain("disks", "List of block devices: `[sda, nvme0n1]`."),
        grain("dns", "The resolver's settings: `nameservers`, `search`, `domain`."),
        grain("domain", "The part of the full host name behind the first dot."),
        grain("efi", "Whether the machine was started by UEFI."),
        grain("fqdn", "The full host name: `web1.example.org`."),
        grain("fqdn_ip4", "IPv4 addresses to which the full host name resolves."),
        grain("fqdn_ip6", "IPv6 addresses to which the full host name resolves."),
        grain("fqdns", "All full host names of the machine's addresses."),
        grain("gid", "Number of the minion's group."),
        grain("gpus", "List of graphics devices: `vendor`, `model`."),
        grain("groupname", "Name of the minion's group."),
        grain("host", "The host name without its domain."),
        grain("hwaddr_interfaces", "Hardware address of each network interface."),
        grain("id", "The minion's ID."),
        grain("init", "The init system: `systemd`, `sysvinit`, `upstart`."),
        grain("ip4_gw", "IPv4 gateway, or `False`."),
        grain("ip4_interfaces", "IPv4 addresses of each network interface."),
        grain("ip6_gw", "IPv6 gateway, or `False`."),
        grain("ip6_interfaces", "IPv6 addresses of each network interface."),
        grain("ip_gw", "Whether there is a gateway."),
        grain("ip_interfaces", "Addresses of each network interface."),
        grain("ipv4", "List of IPv4 addresses, 127.0.0.1 included."),
        grain("ipv6", "List of IPv6 addresses, ::1 included."),
        grain("kernel", "`Linux`, `Windows`, `Darwin`, `FreeBSD`, …"),
        grain("kernelparams", "Parameters of the kernel's command line, as pairs."),
        grain("kernelrelease", "Release of the kernel: `6.1.0-18-amd64`."),
        grain("kernelversion", "Version text of the kernel's build."),
        grain("locale_info", "`defaultlanguage`, `defaultencoding`, `timezone`."),
        grain("localhost", "The host name as the network name of the machine gives it."),
        grain("lsb_distrib_codename", "Code name of the distribution, from its LSB data."),
        grain("lsb_distrib_description", "Long name of the distribution, from its LSB data."),
        grain("lsb_distrib_id", "Name of the distribution, from its LSB data."),
        grain("lsb_distrib_release", "Release of the distribution, from its LSB data."),
        grain("lvm", "Volume groups with their volumes."),
        grain("machine_id", "Content of `/etc/machine-id`."),
        grain("manufacturer", "Who made the machine."),
        grain("master", "Address of the master."),
        grain("mdadm", "List of software RAID devices."),
        grain("mem_total", "Memory in MiB."),
        grain("nodename", "The machine's name as its kernel knows it."),
        grain("num_cpus", "Number of processors."),
        grain("num_gpus", "Number of graphics devices."),
        grain("os", "The system: `Debian`, `Ubuntu`, `RedHat`, `CentOS Stream`, `Windows`."),
        grain("os_family", "Its family: `Debian`, `RedHat`, `Suse`, `Arch`, `FreeBSD`, `Windows`."),
        grain("osarch", "Architecture of packages: `amd64`, `x86_64`."),
        grain("oscodename", "Code name of the release: `bookworm`."),
        grain("osfinger", "System and major release: `Debian-12`, `Ubuntu-24.04`."),
        grain("osfullname", "Full name of the system: `Debian GNU/Linux`, `AlmaLinux`."),
        grain("osmajorrelease", "First number of the release, an integer: `12`."),
        grain("osrelease", "Release as text: `12`, `24.04`."),
        grain("osrelease_info", "Release as list of numbers: `[24, 4]`."),
        grain("path", "The minion's search path for programs."),
        grain("pid", "Number of the minion's process."),
        grain("productname", "Name of the machine's model."),
        grain("ps", "Command that lists processes."),
        grain("pythonexecutable", "Path of the Python that runs the minion."),
        grain("pythonpath", "Folders in which that Python looks for modules."),
        grain("pythonversion", "Version of that Python, as a list."),
        grain("roles", "Not Salt's own, but often set by hand: what the machine is for."),
        grain("saltpath", "Folder of the Salt package."),
        grain("saltversion", "Version of the minion: `3007.1`."),
        grain("saltversioninfo", "Version of the minion as list: `[3007, 1]`."),
        grain("selinux", "`enabled` and `enforced`."),
        grain("serialnumber", "Serial number of the machine."),
        grain("server_id", "A number made from the minion's ID."),
        grain("shell", "The minion's shell."),
        grain("ssds", "List of block devices that do not rotate."),
        grain("swap_total", "Swap space in MiB."),
        grain("systemd", "`version` and `features` of systemd."),
        grain("systempath", "Folders of the search path, as a list."),
        grain("uid", "Number of the minion's user."),
        grain("username", "Name of the minion's user."),
        grain("uuid", "The machine's UUID, as its firmware gives it."),
        grain("virtual", "Kind of virtual machine: `physical`, `kvm`, `VMware`, `container`, …"),
        grain("virtual_subtype", "What is inside of it, such as `Docker` or `LXC`."),
        grain("zfs_support", "Whether ZFS can be used."),
        grain("zmqversion", "Version of ZeroMQ."),
    ];
    GRAINS
}
