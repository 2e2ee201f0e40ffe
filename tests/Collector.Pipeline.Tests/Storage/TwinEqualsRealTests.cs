using Collector.Pipeline.Storage;
using Collector.Testing.Storage;
using Xunit;

namespace Collector.Pipeline.Tests.Storage;

/// <summary>Random actions on both implementations: every result, error and file must be the same.</summary>
public sealed class TwinEqualsRealTests : IDisposable
{
    private const int Actions = 400;
    private static readonly string[] Names = ["a", "b", "c", "d"];

    private readonly string _path = Directory.CreateTempSubdirectory("twin-").FullName;

    public void Dispose() => Directory.Delete(_path, recursive: true);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void Both_answer_the_same_to_random_actions(int seed)
    {
        var disk = new SimulatedDisk();
        using var real = new Actor(FileSystemDirectory.Open(_path));
        using (var twin = new Actor(disk.Root))
        {
            var choices = new Random(seed);
            for (var i = 0; i < Actions; i++)
            {
                var action = choices.Next();
                Assert.Equal($"{i}: {real.Do(action)}", $"{i}: {twin.Do(action)}");
            }
        }

        Assert.Equal(0, disk.OpenHandles);
    }

    /// <summary>Turns a number into an action and its outcome into text. Keeps some handles open across renames and removals.</summary>
    private sealed class Actor(IStorageDirectory root) : IDisposable
    {
        private readonly List<IStorageFile> _open = [];

        public string Do(int seed)
        {
            var random = new Random(seed);
            try
            {
                return Do(random);
            }
            catch (StorageException failure)
            {
                return failure.Error.ToString();
            }
        }

        public void Dispose() => _open.ForEach(file => file.Dispose());

        private string Do(Random random)
        {
            var name = Names[random.Next(Names.Length)];
            switch (random.Next(10))
            {
                case 0:
                    return Keep(root.Create(name));
                case 1:
                    return Keep(root.Open(name, writable: true));
                case 2:
                    root.Rename(name, Names[random.Next(Names.Length)]);
                    return Describe();
                case 3:
                    root.Delete(name);
                    return Describe();
                default:
                    return _open.Count == 0 ? "no file" : DoWith(_open[random.Next(_open.Count)], random);
            }
        }

        private string DoWith(IStorageFile file, Random random)
        {
            var offset = random.Next(10_000);
            switch (random.Next(6))
            {
                case 0:
                    file.Truncate(offset);
                    break;
                case 1:
                    file.Preallocate(offset + 1);
                    break;
                case 2:
                    file.Sync();
                    root.Sync();
                    break;
                case 3:
                    _open.Remove(file);
                    file.Dispose();
                    return Describe();
                default:
                    var data = new byte[random.Next(6000)];
                    random.NextBytes(data);
                    file.Write(data, offset);
                    break;
            }

            var read = new byte[random.Next(12_000)];
            var count = file.Read(read, random.Next(10_000));
            return $"{file.Length} {count} {Convert.ToHexString(read, 0, count)}";
        }

        private string Keep(IStorageFile file)
        {
            _open.Add(file);
            return Describe();
        }

        private string Describe() =>
            string.Join(' ', root.ListFiles().Order(StringComparer.Ordinal).Select(name => $"{name}:{root.GetLength(name)}"));
    }
}
