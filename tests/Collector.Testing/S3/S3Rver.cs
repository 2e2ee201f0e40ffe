using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Net.Sockets;
using System.Security.Cryptography;
using Collector.Testing.Processes;

namespace Collector.Testing.S3;

/// <summary>
/// s3rver 3.7.1, an S3 server that is not ours, as a process of its own (hack/emulators). It keeps objects and their metadata
/// on disk, where they are looked at. It takes any signature of version 4, ignores conditions, digests and checksums, and
/// writes objects in place: what S3 is strict about, <see cref="StrictS3"/> before it is.
/// </summary>
public sealed class S3Rver : IDisposable
{
    /// <summary>The one access key that it knows, and its secret.</summary>
    public const string AccessKey = "S3RVER";

    /// <summary>What the names of its objects' files have behind the key.</summary>
    public const string ObjectSuffix = "._S3rver_object";

    private const string MetadataSuffix = "._S3rver_metadata.json";

    /// <summary>Behind an object's file: the MD5 of what was received.</summary>
    private const string DigestSuffix = ".md5";

    /// <summary>With a file that is not what its digest says: half an object stays as it is.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan StartTimeout = TimeSpan.FromMinutes(2);

    private readonly Process _process;
    private readonly string _directory;

    private S3Rver(Process process, string directory, int port)
    {
        _process = process;
        _directory = directory;
        Endpoint = new Uri($"http://127.0.0.1:{port}");
        AppDomain.CurrentDomain.ProcessExit += KillWithUs;
    }

    public Uri Endpoint { get; }

    /// <summary>Starts it over a directory, which may hold buckets already, and waits until it listens.</summary>
    public static S3Rver Start(string directory)
    {
        var port = FreePort.Find();
        var start = new ProcessStartInfo("node") { UseShellExecute = false };
        foreach (var argument in (string[])[Script(), "-d", directory, "-a", "127.0.0.1", "-p", $"{port}", "--silent"])
        {
            start.ArgumentList.Add(argument);
        }

        start.RedirectStandardOutput = true;
        var process = Process.Start(start) ?? throw new InvalidOperationException("node did not start.");
        process.OutputDataReceived += static (_, _) => { };
        process.BeginOutputReadLine();
        var server = new S3Rver(process, directory, port);
        Retry.Until("s3rver listens", () => IsListening(port), StartTimeout);
        return server;
    }

    /// <summary>A bucket of that name is a directory.</summary>
    public void CreateBucket(string bucket) => Directory.CreateDirectory(Path.Combine(_directory, bucket));

    /// <summary>The bytes of an object; null when there is none.</summary>
    [SuppressMessage("Security", "CA5351:Do not use broken cryptographic algorithms", Justification = "It is the digest that s3rver keeps.")]
    public byte[]? Read(string bucket, string key)
    {
        var path = PathOf(bucket, key, ObjectSuffix);
        if (!File.Exists(path))
            return null;

        // s3rver answers when it has passed a body on, which may be before it is written: the digest beside it is that of all of it.
        var body = File.ReadAllBytes(path);
        Retry.Within(() => !File.Exists(path + DigestSuffix) || File.ReadAllText(path + DigestSuffix) == Convert.ToHexStringLower(MD5.HashData(body = File.ReadAllBytes(path))), Patience);
        return body;
    }

    /// <summary>What was stored beside an object: headers in lower case, as JSON.</summary>
    public string ReadMetadata(string bucket, string key) => File.ReadAllText(PathOf(bucket, key, MetadataSuffix));

    public IReadOnlyList<string> Keys(string bucket)
    {
        var root = Path.Combine(_directory, bucket);
        return [.. Directory.EnumerateFiles(root, "*" + ObjectSuffix, new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.None })
            .Select(path => Path.GetRelativePath(root, path)[..^ObjectSuffix.Length])
            .Order(StringComparer.Ordinal)];
    }

    public void Dispose()
    {
        AppDomain.CurrentDomain.ProcessExit -= KillWithUs;
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit();
        }

        _process.Dispose();
    }

    private static string Script()
    {
        var script = Repository.In("hack/emulators/node_modules/s3rver/bin/s3rver.js");
        return File.Exists(script) ? script : throw new FileNotFoundException($"{script} is not there; run hack/install.sh");
    }

    private static bool IsListening(int port)
    {
        try
        {
            using var client = new TcpClient("127.0.0.1", port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private string PathOf(string bucket, string key, string suffix) => Path.Combine(_directory, bucket, key) + suffix;

    private void KillWithUs(object? sender, EventArgs e)
    {
        if (!_process.HasExited) _process.Kill();
    }
}
