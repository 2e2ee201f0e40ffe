using System.Runtime.Versioning;

[assembly: SupportedOSPlatform("linux")]

// Tests wait for processes more than they compute: more of them than the machine has cores, but not so many that each waits for the others.
[assembly: Xunit.v3.Parallelization(MaxThreads = 4)]
