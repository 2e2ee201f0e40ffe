using Collector.ObjectStores.FileSystem;
using Collector.Pipeline.Upload;
using Xunit;

namespace Collector.ObjectStores.Tests.FileSystem;

public sealed class DirectoryReaderTests : ObjectReaderContract
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("reader-");

    public DirectoryReaderTests()
    {
        Store = new FileSystemObjectStore(_directory.FullName);
        Reader = new DirectoryReader(_directory.FullName);
    }

    protected override IObjectStore Store { get; }

    protected override IObjectReader Reader { get; }

    /// <summary>Tests run as root, whom no mode keeps out.</summary>
    protected override IObjectReader? Stranger => null;

    [Fact]
    public async Task What_is_being_written_and_links_to_directories_are_no_objects()
    {
        File.WriteAllText($"{_directory.FullName}/.upload-0123", "half");
        Directory.CreateSymbolicLink($"{_directory.FullName}/loop", _directory.FullName);
        Directory.CreateDirectory($"{_directory.FullName}/empty");
        File.WriteAllText($"{_directory.FullName}/whole", "");

        var page = await Reader.ListAsync(new ObjectQuery(""), CancellationToken.None);
        Assert.Equal("whole", Assert.Single(page.Objects).Key);
        Assert.Empty((await Reader.ListAsync(new ObjectQuery("") { IsByDirectory = true }, CancellationToken.None)).Directories);
    }

    /// <summary>As S3 has it (s3rver does not): a dot goes before a slash.</summary>
    [Fact]
    public async Task Keys_are_in_the_order_of_their_bytes()
    {
        foreach (var key in (string[])["b/1", "b.c/0", "b0"])
            await Store.PutAsync(ObjectStoreContract.NewItem(key, [], onlyIfAbsent: true), CancellationToken.None);

        Assert.Equal(["b.c/0", "b/1", "b0"], (await Reader.ListAsync(new ObjectQuery(""), CancellationToken.None)).Objects.Select(item => item.Key));
    }

    [Fact]
    public async Task A_directory_that_is_not_there_is_named()
    {
        await using var reader = new DirectoryReader(_directory.FullName + "/none");

        var missing = await Assert.ThrowsAsync<StoreReadException>(() => reader.ListAsync(new ObjectQuery(""), CancellationToken.None));
        Assert.Equal((ReadTrouble.NotFound, $"the directory {_directory.FullName}/none does not exist"), (missing.Trouble, missing.Message));

        File.WriteAllText(_directory.FullName + "/none", "");
        var file = await Assert.ThrowsAsync<StoreReadException>(() => reader.ListAsync(new ObjectQuery(""), CancellationToken.None));
        Assert.Equal((ReadTrouble.NotFound, $"{_directory.FullName}/none is a file; give the directory that holds the objects"), (file.Trouble, file.Message));
    }

    /// <summary>Opening a FIFO waits for a writer, and a device never ends.</summary>
    [Fact]
    public async Task What_is_no_file_has_no_bytes_and_a_directory_is_no_object()
    {
        using (var made = System.Diagnostics.Process.Start("mkfifo", $"{_directory.FullName}/fifo"))
            await made.WaitForExitAsync(TestContext.Current.CancellationToken);
        File.CreateSymbolicLink($"{_directory.FullName}/link", "fifo");
        File.CreateSymbolicLink($"{_directory.FullName}/device", "/dev/zero");
        Directory.CreateDirectory($"{_directory.FullName}/directory");
        File.WriteAllText($"{_directory.FullName}/file", "text");
        File.CreateSymbolicLink($"{_directory.FullName}/to-file", "file");

        foreach (var key in (string[])["fifo", "link", "device"])
            Assert.Equal("", await TextOf(key));
        Assert.Equal("text", await TextOf("file"));
        Assert.Equal("text", await TextOf("to-file"));
        var directory = await Assert.ThrowsAsync<StoreReadException>(() => Reader.OpenAsync("directory", 0, CancellationToken.None));
        Assert.Equal(ReadTrouble.NotFound, directory.Trouble);

        async Task<string> TextOf(string key)
        {
            using var text = new StreamReader(await Task.Run(() => Reader.OpenAsync(key, 0, CancellationToken.None)).WaitAsync(TimeSpan.FromSeconds(30)));
            return await text.ReadToEndAsync(TestContext.Current.CancellationToken);
        }
    }

    [Fact]
    public async Task A_key_that_leads_elsewhere_is_refused()
    {
        var refused = await Assert.ThrowsAsync<StoreReadException>(() => Reader.OpenAsync("../etc/passwd", 0, CancellationToken.None));
        Assert.Equal(ReadTrouble.Invalid, refused.Trouble);
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _directory.Delete(recursive: true);
    }
}
