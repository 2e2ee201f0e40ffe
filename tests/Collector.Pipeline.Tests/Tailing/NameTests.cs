using Xunit;

namespace Collector.Pipeline.Tests.Tailing;

/// <summary>S-130: names that are no UTF-8.</summary>
public sealed class NameTests
{
    [Theory]
    [InlineData(End.Clean)]
    [InlineData(End.Kill)]
    public void A_file_whose_name_is_no_UTF8_is_read_once_and_on_over_a_restart(End end)
    {
        using var tail = new TailHarness(TailOptions.Files());
        var (plain, name) = (tail.Node.Files + "/a.log", tail.Node.Files + "/caf\uDCE9.log");
        tail.File("files/a.log").Lines("a");
        Special.Move(plain, name);
        tail.Run();
        Assert.Equal(["a"], tail.Stored().Logs);
        tail.Restart(end);
        tail.Run();

        // Not by two names at one time: the harness writes by names that it can say.
        Special.Move(name, tail.Node.Root + "/a.log");
        File.AppendAllText(tail.Node.Root + "/a.log", "b\n");
        Special.Move(tail.Node.Root + "/a.log", name);
        NodeFile.TouchDirectory(tail.Node.Files, tail.Clock);
        tail.Advance(5);
        Assert.Equal(["a", "b"], tail.Stored().Logs);
        tail.AssertNothingLost();
        Special.Move(name, plain);
    }
}
