using System.Runtime.Versioning;
using Xunit;

[assembly: SupportedOSPlatform("linux")]

// Tests wait for processes more than they compute: more of them than the machine has cores, but not so many that each waits for the others.
[assembly: CollectionBehavior(MaxParallelThreads = 4)]
