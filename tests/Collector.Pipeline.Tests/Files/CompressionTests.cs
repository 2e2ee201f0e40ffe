using Collector.Pipeline.Sources.Files;
using Xunit;

namespace Collector.Pipeline.Tests.Files;

/// <summary>S-131: what is compressed in a way that is not read is told from text.</summary>
public sealed class CompressionTests
{
    [Theory]
    [InlineData("app.log.1.gz", "", nameof(CompressedKind.Gzip))]
    [InlineData("app.log.1.xz", "", nameof(CompressedKind.Xz))]
    [InlineData("app.log-20261120.zst", "", nameof(CompressedKind.Zstd))]
    [InlineData("old/app.log.1.bz2", "", nameof(CompressedKind.Bzip2))]
    [InlineData("app.log.1.lz4", "", nameof(CompressedKind.Lz4))]
    [InlineData("app.log.1.Z", "", nameof(CompressedKind.Lzw))]
    [InlineData("app.log.z", "61620A", nameof(CompressedKind.None))]
    [InlineData("xz", "61620A", nameof(CompressedKind.None))]
    [InlineData("app.log", "1F8B0800", nameof(CompressedKind.Gzip))]
    [InlineData("app.log.1", "FD377A585A0000", nameof(CompressedKind.Xz))]
    [InlineData("app.log.1", "28B52FFD0458", nameof(CompressedKind.Zstd))]
    [InlineData("app.log.1", "425A68393141", nameof(CompressedKind.Bzip2))]
    [InlineData("app.log.1", "425A68391772", nameof(CompressedKind.Bzip2))]
    [InlineData("app.log.1", "04224D1864", nameof(CompressedKind.Lz4))]
    [InlineData("app.log.1", "02214C1800", nameof(CompressedKind.Lz4))]
    [InlineData("app.log.1", "1F9D9061", nameof(CompressedKind.Lzw))]
    [InlineData("app.log.1.gz", "FD377A585A00", nameof(CompressedKind.Xz))]
    [InlineData("app.log", "", nameof(CompressedKind.None))]
    [InlineData("app.log", "425A6839", nameof(CompressedKind.None))]
    [InlineData("app.log", "425A68312061", nameof(CompressedKind.None))]
    public void By_its_bytes_and_else_by_its_name(string name, string head, string kind) =>
        Assert.Equal(Enum.Parse<CompressedKind>(kind), CompressedKinds.Of(name, Convert.FromHexString(head)));
}
