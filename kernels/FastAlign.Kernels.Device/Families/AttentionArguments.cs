namespace FastAlign.Kernels.Device;

/// <summary>A segment of the forest of keys, with what a thread would otherwise have to count.</summary>
/// <param name="Start">First row in K and V.</param>
/// <param name="Length">Rows.</param>
/// <param name="Parent">The segment before it on every path, or -1.</param>
/// <param name="FirstPosition">Position of its first row.</param>
/// <param name="TreeOrder">Number such that every subtree is a range.</param>
/// <param name="TreeSize">Segments of its subtree.</param>
/// <param name="FirstTile">Key tiles of all segments before it.</param>
public readonly record struct ForestSegment(int Start, int Length, int Parent, int FirstPosition, int TreeOrder, int TreeSize, int FirstTile);

/// <summary>Consecutive query rows of one segment, seen as lanes: rows times heads that share a key head, heads fastest.</summary>
/// <param name="FirstRow">First row in Q.</param>
/// <param name="FirstPosition">Its position.</param>
/// <param name="Segment">The segment they lie in.</param>
/// <param name="Lanes">Rows times heads per key head.</param>
/// <param name="FirstTile">Query tiles of all runs before it.</param>
public readonly record struct ForestRun(int FirstRow, int FirstPosition, int Segment, int Lanes, int FirstTile);

/// <summary>Who sees whom.</summary>
/// <param name="Segments">The forest of keys.</param>
/// <param name="Runs">The queries.</param>
/// <param name="SegmentCount">Segments.</param>
/// <param name="RunCount">Runs.</param>
/// <param name="QueryTiles">Tiles of 32 lanes in all runs, for one key head.</param>
/// <param name="KeyTiles">Tiles of 32 keys in all segments, for one key head.</param>
public readonly record struct AttentionForest(VectorView<ForestSegment> Segments, VectorView<ForestRun> Runs, int SegmentCount, int RunCount, int QueryTiles, int KeyTiles);

/// <summary>Operands of attention; letters as in <c>IOps</c>.</summary>
/// <param name="Forest">Who sees whom.</param>
/// <param name="Q">[N, H, D].</param>
/// <param name="K">[M, G, D].</param>
/// <param name="V">[M, G, D].</param>
/// <param name="Y">[N, H, D].</param>
/// <param name="LogZ">[N, H].</param>
/// <param name="Width">D.</param>
/// <param name="KeyHeads">G.</param>
/// <param name="Share">H / G, query heads per key head.</param>
/// <param name="Scale">Of scores.</param>
/// <param name="Window">Keys that a query sees at most.</param>
/// <param name="SoftCap">Of scores; 0 for none.</param>
public readonly record struct AttentionArguments(
    AttentionForest Forest, MatrixView<float> Q, MatrixView<float> K, MatrixView<float> V, MatrixView<float> Y, MatrixView<float> LogZ, int Width, int KeyHeads, int Share, float Scale, int Window, float SoftCap);

/// <summary>Operands of both backward passes.</summary>
/// <param name="Forward">From forward.</param>
/// <param name="Dy">[N, H, D].</param>
/// <param name="Dq">[N, H, D], assigned by the pass over queries.</param>
/// <param name="Dk">[M, G, D], assigned by the pass over keys.</param>
/// <param name="Dv">[M, G, D], assigned by the pass over keys.</param>
public readonly record struct AttentionGradientArguments(AttentionArguments Forward, MatrixView<float> Dy, MatrixView<float> Dq, MatrixView<float> Dk, MatrixView<float> Dv);
